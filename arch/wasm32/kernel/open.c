/* Opening: files of the host's and in memory, devices, directories. */
#include "directory.h"
#include "file.h"
#include "host.h"
#include "kept.h"
#include "mapping.h"
#include "memory.h"
#include "path.h"
#include "pipe.h"
#include "process.h"
#include "syscalls.h"

/* The lookup flags and rights of path_open for the flags of open. */
static u64 rights(int flags, u64 inheriting)
{
	if (flags & O_TRUNC) return inheriting; /* Linux truncates for readers, too */
	u64 writing = WASI_RIGHT_WRITE | WASI_RIGHT_ALLOCATE | WASI_RIGHT_SET_SIZE
		| WASI_RIGHT_DATASYNC;

	if ((flags & O_ACCMODE) == O_RDONLY) return inheriting & ~writing;
	if ((flags & O_ACCMODE) == O_WRONLY)
		return inheriting & ~(u64)(WASI_RIGHT_READ | WASI_RIGHT_READDIR);
	return inheriting;
}

/* Whether what is opened is made by that. */
static int makes(int flags)
{
	return (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL);
}

static int open_flags(int flags)
{
	return (flags & O_CREAT ? WASI_CREAT : 0) | (makes(flags) ? WASI_EXCL : 0)
		| (flags & O_TRUNC ? WASI_TRUNC : 0)
		| (flags & O_DIRECTORY ? WASI_OPEN_DIRECTORY : 0);
}

static int fd_flags(int flags)
{
	return (flags & O_APPEND ? WASI_APPEND : 0) | (flags & O_NONBLOCK ? WASI_NONBLOCK : 0)
		| ((flags & O_SYNC) == O_SYNC ? WASI_SYNC : flags & O_DSYNC ? WASI_DSYNC : 0);
}

/* What becomes of a link at the end of a path. What ends in a slash is not made. */
static int how(int flags)
{
	if (makes(flags)) return PATH_ENTRY;
	return flags & O_NOFOLLOW ? PATH_LINK : PATH_FOLLOW;
}

/* Keeps the path: for what is relative to a directory, and for its name. */
static long remember(struct file *file, const char *given)
{
	size_t n = 0;

	while (given[n]) n++;
	if (n >= PATH_MAX) return -ENAMETOOLONG;
	file->path = memory_take(1);
	if (!file->path) return -ENOMEM;
	__builtin_memcpy(file->path, given, n + 1);
	return 0;
}

/* The first seek of what may be a directory. */
static long unknown_seek(struct file *file, i64 offset, int whence, off_t *result)
{
	file->acts = file_type(file) == WASI_DIRECTORY ? &directory_acts : NULL;
	return file->acts ? file->acts->seek(file, offset, whence, result)
		: host_seek(file, offset, whence, result);
}

static const struct file_acts unknown_acts = { .seek = unknown_seek };

/* Not every host's path_open minds that a link is not to be followed. */
static int is_link(struct place *place)
{
	struct wasi_filestat stat;

	return !wasi_path_filestat_get(place->dir, 0, place->path, place->len, &stat)
		&& stat.filetype == WASI_SYMBOLIC_LINK;
}

static int open_at(struct place *place, struct file *file, int flags)
{
	return wasi_path_open(place->dir, how(flags) == PATH_FOLLOW ? WASI_SYMLINK_FOLLOW : 0, place->path,
		place->len, open_flags(flags), rights(flags, *place->inheriting), *place->inheriting,
		fd_flags(flags), &file->host);
}

#define HOST_MODE 0644 /* stat.c's, of all plain files */

/* A FIFO of this process: its pipe, and not the host's file. */
static long open_fifo(struct file *file, int flags)
{
	struct wasi_filestat stat;
	struct pipe **pipe;

	if (wasi_fd_filestat_get(file->host, &stat) || !(pipe = kept_fifo(&stat))) return 0;
	wasi_fd_close(file->host);
	file->host = -1;
	file->acts = NULL;
	return pipe_open(file, pipe, flags);
}

/* Of a file that was made just now. */
static void keep_mode(struct file *file, mode_t mode)
{
	struct wasi_filestat stat;

	if (!wasi_fd_filestat_get(file->host, &stat)) kept_mode(&stat, mode);
}

static long open_host(struct place *place, struct file *file, int flags, mode_t mode)
{
	int error = path_inheriting(place);

	mapping_acts = &mapping_kept;
	if (error) return wasi_result(error);
	if (flags & O_NOFOLLOW && is_link(place)) return flags & O_DIRECTORY ? -ENOTDIR : -ELOOP;
	mode &= 07777 & ~process_umask();
	if (flags & O_CREAT && mode != HOST_MODE && !(error = open_at(place, file, flags | O_EXCL)))
		keep_mode(file, mode);
	else if (!(flags & O_CREAT) || mode == HOST_MODE || (error == WASI_EEXIST && !(flags & O_EXCL)))
		error = open_at(place, file, flags);
	if (error) return wasi_result(error);
	file->type = flags & O_DIRECTORY ? WASI_DIRECTORY
		: makes(flags) ? WASI_REGULAR_FILE : TYPE_UNASKED;
	if (file_mode(file) == O_RDONLY && !(flags & O_CREAT)) file->acts = &unknown_acts;
	return kept_fifo ? open_fifo(file, flags) : 0;
}

/* The error for what is to be made, but ends in a slash, or in "." or "..". */
static long not_made(int dirfd, const char *path, int flags, struct place *place)
{
	int entry = path_last(path) == PATH_NAME;
	long error = path_resolve(dirfd, path, entry ? PATH_ENTRY : PATH_FOLLOW, place);
	struct wasi_filestat stat;

	if (error) return error;
	if (place->kind == PLACE_HOST)
		error = entry ? path_parent(place) : wasi_result(wasi_path_filestat_get(place->dir,
			WASI_SYMLINK_FOLLOW, place->path, place->len, &stat));
	if (place->kind == PLACE_MEMORY && !entry && !place->spot.node) error = -ENOENT;
	return error ? error : !entry && flags & O_EXCL ? -EEXIST : -EISDIR;
}

static long open_virtual(struct place *place, struct file *file, int flags)
{
	if (flags & O_CREAT || (flags & O_ACCMODE) != O_RDONLY) return -EISDIR;
	file->kind = FILE_VIRTUAL;
	file->type = WASI_DIRECTORY;
	return 0;
}

static long memory_read(struct file *file, const struct iovec *iov, i64 offset)
{
	long n = tmpfs_read(file->node, iov->base, iov->len, offset >= 0 ? (u64)offset : file->position);

	if (n > 0 && offset < 0) file->position += n;
	return n;
}

static long memory_write(struct file *file, const struct iovec *iov, i64 offset)
{
	u64 at = file->flags & O_APPEND ? tmpfs_size(file->node)
		: offset >= 0 ? (u64)offset : file->position;
	long n = tmpfs_write(file->node, iov->base, iov->len, at);

	if (n >= 0 && offset < 0) file->position = at + n;
	return n;
}

static long memory_seek(struct file *file, i64 offset, int whence, off_t *result)
{
	i64 from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? (i64)file->position
		: (i64)tmpfs_size(file->node);

	if (__builtin_add_overflow(from, offset, &from)) return -EOVERFLOW;
	if (from < 0) return -EINVAL;
	*result = file->position = from;
	return 0;
}

static void memory_close(struct file *file)
{
	tmpfs_drop(file->node);
}

static const struct file_acts memory_acts = {
	.read = memory_read, .write = memory_write, .seek = memory_seek, .close = memory_close,
};

static void set_node(struct file *file, struct node *node)
{
	file->kind = FILE_MEMORY;
	file->type = tmpfs_is_directory(node) ? WASI_DIRECTORY : WASI_REGULAR_FILE;
	file->node = node;
	file->acts = &memory_acts;
}

static long device_read(struct file *file, const struct iovec *iov, i64 offset)
{
	(void)offset;
	if (file->kind == FILE_NULL) return 0;
	if (file->kind == FILE_RANDOM) return sys_getrandom(iov->base, iov->len, 0);
	__builtin_memset(iov->base, 0, iov->len);
	return iov->len;
}

static long device_write(struct file *file, const struct iovec *iov, i64 offset)
{
	(void)offset;
	return file->kind == FILE_FULL ? -ENOSPC : (long)iov->len;
}

static const struct file_acts device_acts = { .read = device_read, .write = device_write };

static long open_memory(struct place *place, struct file *file, int flags, mode_t mode)
{
	long error = tmpfs_open(&place->spot, flags, mode);

	if (error) return error;
	if (tmpfs_fifo(place->spot.node)) {
		error = pipe_open(file, tmpfs_fifo(place->spot.node), flags);
		tmpfs_drop(place->spot.node);
		return error;
	}
	set_node(file, place->spot.node);
	return 0;
}

static long open_device(struct place *place, struct file *file, int flags)
{
	if (flags & O_DIRECTORY) return -ENOTDIR;
	if (flags & O_CREAT && flags & O_EXCL) return -EEXIST;
	file->kind = place->number;
	file->type = WASI_CHARACTER_DEVICE;
	file->acts = &device_acts;
	return 0;
}

static long reopen(int fd, int flags)
{
	struct file *file = fd_file(fd);

	if (!file) return -ENOENT;
	file->refs++;
	return fd_install(file, 0, flags);
}

#define KEPT (O_ACCMODE | O_APPEND | O_NONBLOCK | O_SYNC | O_DSYNC | O_DIRECTORY | O_PATH)

/* As of a file without holes: all is data, and the hole is at its end. */
static long seek_data(struct file *file, i64 offset, int whence, off_t *result)
{
	off_t before, size;
	long error;

	if (!file_seekable(file)) return file->pipe ? -ESPIPE : -EINVAL;
	error = file_seek(file, 0, SEEK_CUR, &before) ?: file_seek(file, 0, SEEK_END, &size);
	if (error) return error;
	if (offset >= 0 && offset < size) return file_seek(file, whence == SEEK_HOLE ? size : offset, SEEK_SET, result);
	file_seek(file, before, SEEK_SET, &before);
	return -ENXIO;
}

long sys_openat(int dirfd, const char *path, int flags, mode_t mode)
{
	static struct place place;
	struct file *file;
	long error = fd_full() ? -EMFILE : path_resolve(dirfd, path, how(flags), &place);

	if (error == -EMFILE) return error;
	if (flags & O_CREAT && place.slash) return not_made(dirfd, path, flags, &place);
	if (error) return flags & O_CREAT ? path_new(&place, error) : error;
	if ((flags & O_TMPFILE) == O_TMPFILE) return -EOPNOTSUPP;
	if ((flags & O_ACCMODE) == O_ACCMODE) return -EINVAL;
	if ((flags & (O_CREAT | O_DIRECTORY)) == (O_CREAT | O_DIRECTORY)) return -EINVAL;
	if (place.kind == PLACE_FD) return reopen(place.number, flags);
	file_seek_data = seek_data;
	file = file_new(FILE_HOST, flags & KEPT);
	if (!file) return -EMFILE;
	error = place.kind == PLACE_HOST ? open_host(&place, file, flags, mode)
		: place.kind == PLACE_MEMORY ? open_memory(&place, file, flags, mode)
		: place.kind == PLACE_VIRTUAL ? open_virtual(&place, file, flags)
		: open_device(&place, file, flags);
	if (file->type == WASI_DIRECTORY) file->acts = &directory_acts;
	if (!error) error = remember(file, place.given);
	if (!error) return fd_install(file, 0, flags);
	file_drop(file);
	return error;
}

/* A file that has no name. */
long sys_memfd_create(const char *name, unsigned flags)
{
	long n = memory_string(name, NAME_MAX - 5);
	struct file *file;
	struct node *node;

	if (n < 0) return n == -ENAMETOOLONG ? -EINVAL : n;
	if (flags & ~3U) return -EINVAL; /* MFD_CLOEXEC, MFD_ALLOW_SEALING */
	file = file_new(FILE_HOST, O_RDWR);
	if (!file) return -EMFILE;
	node = tmpfs_nameless();
	if (node) set_node(file, node);
	if (node) return fd_install(file, 0, flags & 1 ? O_CLOEXEC : 0);
	file_drop(file);
	return -ENOMEM;
}
