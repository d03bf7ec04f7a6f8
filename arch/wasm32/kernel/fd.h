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
	u8 ready;            /* a stream that never has to be waited for: /dev/null */
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

/* How many of OPEN_MAX descriptors limit.c denies; whether all others are in use. */
extern int fd_denied;
int fd_full(void);

/* A new open file, with one reference, or NULL. */
struct file *file_new(int kind, int flags);
void file_drop(struct file *file);

/* The standard streams, from the host's. */
void fd_initialize(void);

/* One more fd of an open file, from min on; -errno. */
long fd_duplicate(int fd, int min, int flags);

/* Whether an open fd is close-on-exec. */
u8 *fd_cloexec(int fd);

static inline int file_mode(const struct file *file)
{
	return file->flags & O_ACCMODE;
}

/* mapping.h: what is done of shared mappings of the host's files. */
struct mapping_acts {
	/* Keeps memory into which the file was read from offset on like the file; 0
	 * or -errno, -ENODEV where that cannot be done. */
	long (*new)(struct file *file, unsigned long address, size_t count, u64 offset, int writable);

	/* The address of a part of the file that is mapped already, for one mapping more
	 * of it; 0 if there is none. Whether an unmapping was only of one of several. */
	unsigned long (*again)(struct file *file, size_t count, u64 offset, int writable);
	int (*still)(unsigned long address, size_t count);

	/* Before the memory is given to something else; 0, or -ENOMEM, and then
	 * nothing has changed. */
	long (*remove)(unsigned long address, size_t count);

	/* Whether any of the memory is mapped so; whether it is one mapping. */
	int (*any)(unsigned long address, size_t count);
	int (*is_whole)(unsigned long address, size_t count);

	/* A whole mapping is longer now, and may lie elsewhere; 0, or -ENOMEM. */
	long (*grown)(unsigned long from, size_t old, unsigned long to, size_t count);

	/* The memory is to be writable; 0 or -errno. */
	long (*protect)(unsigned long address, size_t count);

	/* What the guest stored goes to the file: before the file is read, written,
	 * cut or synchronised; for msync. */
	void (*store)(struct file *file);
	long (*sync)(unsigned long address, size_t count);

	/* After the guest wrote size bytes to the file at offset, -1: anywhere. */
	void (*load)(struct file *file, i64 offset, u64 size);
};

/* &mapping_kept once a file of the host's was opened, NULL before: a program that
 * is linked with the kernel has them only if it opens files. */
extern const struct mapping_acts *mapping_acts;

static inline void mapping_store(struct file *file)
{
	if (mapping_acts) mapping_acts->store(file);
}

static inline int mapping_any(unsigned long address, size_t count)
{
	return mapping_acts && mapping_acts->any(address, count);
}

static inline long mapping_remove(unsigned long address, size_t count)
{
	return mapping_acts ? mapping_acts->remove(address, count) : 0;
}

#endif
