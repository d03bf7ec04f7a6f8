/* The table of file descriptors, and the open files they stand for. */
#ifndef FD_H
#define FD_H

#include "linux.h"

#define OPEN_MAX 1024

enum file_kind {
	FILE_UNUSED, FILE_HOST, FILE_MEMORY, FILE_VIRTUAL, FILE_PIPE_READ, FILE_PIPE_WRITE,
	FILE_NULL, FILE_ZERO, FILE_FULL, FILE_RANDOM
};

struct file;

#define TYPE_UNASKED 255 /* beyond WASI's */

/* What can be done with files that are not, or not only, the host's. A file has
 * it from where it is made: so a program that is linked with the kernel has
 * pipes, say, only if it can make one. */
struct file_acts {
	/* one buffer, at an offset or, if that is -1, at the file's position */
	long (*read)(struct file *file, const struct iovec *iov, i64 offset);
	long (*write)(struct file *file, const struct iovec *iov, i64 offset);
	long (*seek)(struct file *file, i64 offset, int whence, off_t *result); /* NULL: to 0 */
	void (*close)(struct file *file); /* NULL: nothing */
};

/* An open file description: what dup shares. */
struct file {
	u8 kind, type;       /* enum file_kind; WASI's file type, or TYPE_UNASKED */
	u16 refs;
	int host;            /* WASI's fd, of FILE_HOST */
	u64 inheriting;      /* the rights that a directory passes on, 0 if not yet asked for */
	u64 dev, ino;        /* mapping.c's: 0 if not yet asked for */
	int flags;           /* O_ACCMODE, O_APPEND, O_NONBLOCK, ... */
	char *path;          /* what was opened, from the root: a granule */
	struct node *node;   /* FILE_MEMORY ... */
	u64 position;        /* ... and where it reads and writes */
	struct pipe *pipe;
	struct listing *listing; /* a directory being read */
	const struct file_acts *acts; /* NULL: the host has all */
};

/* The open file of a guest's fd, or NULL. */
struct file *fd_file(int fd);

/* Gives the file the lowest free fd from min on, close-on-exec by O_CLOEXEC in
 * flags; -EMFILE when there is none, and then drops the file. */
long fd_install(struct file *file, int min, int flags);

/* A new open file, with one reference, or NULL. */
struct file *file_new(int kind, int flags);
void file_drop(struct file *file);

/* The standard streams, from the host's. */
void fd_initialize(void);

/* Read or write through checked iovecs in the kernel's memory; at the file's
 * position if offset is -1. Bytes done, or -errno. */
long file_read(struct file *file, const struct iovec *iov, int count, i64 offset);
long file_write(struct file *file, const struct iovec *iov, int count, i64 offset);

/* WASI's type of an open file. The host is asked when it matters: that is a call
 * of its own, and most files are opened to be read or written and no more. */
int file_type(struct file *file);
int file_seekable(struct file *file);
int file_terminal(struct file *file);

#endif
