/* WASI preview 1, the kernel's own host: its imports, types and numbers. */
#ifndef WASI_H
#define WASI_H

#include "types.h"

/* The linker's names are reserved ones: in a program that is linked with the
 * kernel, its own names are its own. */
#define WASI_IMPORT(name) __asm__("__wasi_" #name) \
	__attribute__((import_module("wasi_snapshot_preview1"), import_name(#name)))
#define WASI(name, ...) int wasi_##name(__VA_ARGS__) WASI_IMPORT(name)

enum {
	WASI_EBADF = 8, WASI_EEXIST = 20, WASI_ENOSYS = 52, WASI_ENOTSUP = 58
};

enum {
	WASI_UNKNOWN, WASI_BLOCK_DEVICE, WASI_CHARACTER_DEVICE, WASI_DIRECTORY, WASI_REGULAR_FILE,
	WASI_SOCKET_DGRAM, WASI_SOCKET_STREAM, WASI_SYMBOLIC_LINK
};

enum { WASI_APPEND = 1, WASI_DSYNC = 2, WASI_NONBLOCK = 4, WASI_RSYNC = 8, WASI_SYNC = 16 };
enum { WASI_CREAT = 1, WASI_OPEN_DIRECTORY = 2, WASI_EXCL = 4, WASI_TRUNC = 8 };
enum { WASI_SYMLINK_FOLLOW = 1 };
enum { WASI_SET_ATIM = 1, WASI_SET_ATIM_NOW = 2, WASI_SET_MTIM = 4, WASI_SET_MTIM_NOW = 8 };
enum { WASI_REALTIME, WASI_MONOTONIC, WASI_CPUTIME };
enum { WASI_CLOCK, WASI_FD_READ, WASI_FD_WRITE };

#define WASI_RIGHT_DATASYNC (1 << 0)
#define WASI_RIGHT_READ (1 << 1)
#define WASI_RIGHT_SEEK (1 << 2)
#define WASI_RIGHT_TELL (1 << 5)
#define WASI_RIGHT_WRITE (1 << 6)
#define WASI_RIGHT_ALLOCATE (1 << 8)
#define WASI_RIGHT_READDIR (1 << 14)
#define WASI_RIGHT_SET_SIZE (1 << 22)

struct wasi_fdstat {
	u8 filetype;
	u16 flags;
	u64 rights, inheriting;
};

struct wasi_filestat {
	u64 dev, ino;
	u8 filetype;
	u64 nlink, size, atim, mtim, ctim;
};

struct wasi_prestat {
	u8 tag;
	size_t len;
};

struct wasi_dirent {
	u64 next, ino;
	u32 namlen;
	u8 type;
};

struct wasi_subscription {
	u64 userdata;
	u8 tag;
	union {
		struct {
			u32 id;
			u64 timeout, precision;
			u16 flags;
		} clock;
		u32 fd;
	};
};

struct wasi_event {
	u64 userdata;
	u16 error;
	u8 type;
	u64 nbytes;
	u16 flags;
};

struct iovec;

WASI(args_get, char **argv, char *strings);
WASI(args_sizes_get, size_t *count, size_t *size);
WASI(environ_get, char **envp, char *strings);
WASI(environ_sizes_get, size_t *count, size_t *size);
WASI(clock_res_get, u32 clock, u64 *resolution);
WASI(clock_time_get, u32 clock, u64 precision, u64 *time);
WASI(fd_allocate, int fd, u64 offset, u64 length);
WASI(fd_close, int fd);
WASI(fd_datasync, int fd);
WASI(fd_fdstat_get, int fd, struct wasi_fdstat *stat);
WASI(fd_fdstat_set_flags, int fd, int flags);
WASI(fd_filestat_get, int fd, struct wasi_filestat *stat);
WASI(fd_filestat_set_size, int fd, u64 size);
WASI(fd_filestat_set_times, int fd, u64 atim, u64 mtim, int flags);
WASI(fd_pread, int fd, const struct iovec *iov, size_t count, u64 offset, size_t *done);
WASI(fd_prestat_get, int fd, struct wasi_prestat *stat);
WASI(fd_prestat_dir_name, int fd, char *path, size_t len);
WASI(fd_pwrite, int fd, const struct iovec *iov, size_t count, u64 offset, size_t *done);
WASI(fd_read, int fd, const struct iovec *iov, size_t count, size_t *done);
WASI(fd_readdir, int fd, void *buf, size_t size, u64 cookie, size_t *used);
WASI(fd_seek, int fd, i64 offset, int whence, u64 *position);
WASI(fd_sync, int fd);
WASI(fd_write, int fd, const struct iovec *iov, size_t count, size_t *done);
WASI(path_create_directory, int fd, const char *path, size_t len);
WASI(path_filestat_get, int fd, int lookup, const char *path, size_t len,
	struct wasi_filestat *stat);
WASI(path_filestat_set_times, int fd, int lookup, const char *path, size_t len,
	u64 atim, u64 mtim, int flags);
WASI(path_link, int oldfd, int lookup, const char *old, size_t oldlen,
	int newfd, const char *new, size_t newlen);
WASI(path_open, int fd, int lookup, const char *path, size_t len, int oflags,
	u64 rights, u64 inheriting, int fdflags, int *opened);
WASI(path_readlink, int fd, const char *path, size_t len, char *buf, size_t size, size_t *used);
WASI(path_remove_directory, int fd, const char *path, size_t len);
WASI(path_rename, int oldfd, const char *old, size_t oldlen,
	int newfd, const char *new, size_t newlen);
WASI(path_symlink, const char *target, size_t targetlen, int fd, const char *path, size_t len);
WASI(path_unlink_file, int fd, const char *path, size_t len);
WASI(poll_oneoff, const struct wasi_subscription *in, struct wasi_event *out,
	size_t count, size_t *events);
WASI(random_get, void *buf, size_t size);
WASI(sched_yield, void);

__attribute__((noreturn)) void wasi_proc_exit(int status) WASI_IMPORT(proc_exit);

/* 0 for success, else Linux's -errno for a WASI error. */
long wasi_result(int error);

#endif
