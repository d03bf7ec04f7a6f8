/* Open files: open, read, write, seek. */
#include "directory.h"
#include "fd.h"
#include "mapping.h"
#include "memory.h"
#include "path.h"
#include "pipe.h"
#include "process.h"
#include "syscalls.h"
#include "tmpfs.h"
#include "wasi.h"

static int mode(struct file *file)
{
	return file->flags & O_ACCMODE;
}

static int ask(struct file *file, struct wasi_fdstat *stat)
{
	int error = wasi_fd_fdstat_get(file->host, stat);

	file->type = error ? WASI_UNKNOWN : stat->filetype;
	return error;
}

int file_type(struct file *file)
{
	struct wasi_fdstat stat;

	if (file->type == TYPE_UNASKED) ask(file, &stat);
	return file->type;
}

int file_seekable(struct file *file)
{
	if (file->kind != FILE_HOST && file->kind != FILE_MEMORY) return 0;
	return file_type(file) == WASI_REGULAR_FILE || file->type == WASI_BLOCK_DEVICE;
}

int file_terminal(struct file *file)
{
	struct wasi_fdstat stat;
	u64 position;

	if (file->kind != FILE_HOST) return 0;
	if (file->type != TYPE_UNASKED && file->type != WASI_CHARACTER_DEVICE) return 0;
	/* Each fopen to write asks, and no host's thread has to seek. */
	if (file->type == TYPE_UNASKED && !wasi_fd_seek(file->host, 0, SEEK_CUR, &position)) return 0;
	return !ask(file, &stat) && file->type == WASI_CHARACTER_DEVICE
		&& !(stat.rights & (WASI_RIGHT_SEEK | WASI_RIGHT_TELL));
}

/* The lookup flags and rights of path_open for the flags of open. */
static u64 rights(int flags, u64 inheriting)
{
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

/* Whether a link at the end of a path is followed. */
static int follows(int flags)
{
	return !(flags & O_NOFOLLOW) && !makes(flags);
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

static long host_seek(struct file *file, i64 offset, int whence, off_t *result)
{
	u64 position;
	int error = wasi_fd_seek(file->host, offset, whence, &position);

	if (!error) *result = position;
	return wasi_result(error);
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

static long open_host(struct place *place, struct file *file, int flags)
{
	int error = path_inheriting(place);

	mapping_acts = &mapping_kept;
	if (error) return wasi_result(error);
	if (flags & O_NOFOLLOW && is_link(place)) return flags & O_DIRECTORY ? -ENOTDIR : -ELOOP;
	if ((flags & O_ACCMODE) == O_RDONLY && flags & O_TRUNC) flags ^= O_TRUNC;
	error = wasi_path_open(place->dir, follows(flags) ? WASI_SYMLINK_FOLLOW : 0, place->path, place->len,
		open_flags(flags), rights(flags, *place->inheriting), *place->inheriting,
		fd_flags(flags), &file->host);
	if (error) return wasi_result(error);
	file->type = flags & O_DIRECTORY ? WASI_DIRECTORY
		: makes(flags) ? WASI_REGULAR_FILE : TYPE_UNASKED;
	if (mode(file) == O_RDONLY && !(flags & O_CREAT)) file->acts = &unknown_acts;
	return 0;
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

	if (!error) set_node(file, place->spot.node);
	return error;
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

long sys_openat(int dirfd, const char *path, int flags, mode_t mode)
{
	static struct place place;
	struct file *file;
	long error = path_resolve(dirfd, path, follows(flags), &place);

	if (error) return flags & O_CREAT ? path_new(&place, error) : error;
	if ((flags & O_TMPFILE) == O_TMPFILE) return -EOPNOTSUPP;
	if ((flags & O_ACCMODE) == O_ACCMODE) return -EINVAL;
	if ((flags & (O_CREAT | O_DIRECTORY)) == (O_CREAT | O_DIRECTORY)) return -EINVAL;
	if (place.kind == PLACE_FD) return reopen(place.number, flags);
	file = file_new(FILE_HOST, flags & KEPT);
	if (!file) return -ENFILE;
	error = place.kind == PLACE_HOST ? open_host(&place, file, flags)
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
	if (!file) return -ENFILE;
	node = tmpfs_nameless();
	if (node) set_node(file, node);
	if (node) return fd_install(file, 0, flags & 1 ? O_CLOEXEC : 0);
	file_drop(file);
	return -ENOMEM;
}

static long host_read_one(struct file *file, const struct iovec *iov, i64 offset)
{
	size_t done = 0;
	int error = offset >= 0 ? wasi_fd_pread(file->host, iov, 1, offset, &done)
		: wasi_fd_read(file->host, iov, 1, &done);

	return error ? wasi_result(error) : (long)done;
}

static long host_write_one(struct file *file, const struct iovec *iov, i64 offset)
{
	size_t done = 0;
	int error = offset >= 0 ? wasi_fd_pwrite(file->host, iov, 1, offset, &done)
		: wasi_fd_write(file->host, iov, 1, &done);

	return error ? wasi_result(error) : (long)done;
}

typedef long transfer_one(struct file *, const struct iovec *, i64);

/* One buffer after the other, up to the first that is not done whole. */
static long each(transfer_one *act, struct file *file, const struct iovec *iov, int count,
	i64 offset)
{
	long total = 0;

	for (int i = 0; i < count; i++) {
		long n = iov[i].len ? act(file, &iov[i], offset >= 0 ? offset + total : -1) : 0;
		if (n < 0) return total ? total : n;
		total += n;
		if ((size_t)n < iov[i].len) break;
	}
	return total;
}

/* Hosts differ in how much of a list they do in one call, and a second read
 * may block: so a list goes through one buffer, if it fits. */
static u8 gathered[16384];

static size_t sum(const struct iovec *iov, int count)
{
	size_t total = 0;

	for (int i = 0; i < count; i++) total += iov[i].len;
	return total;
}

static void scatter(const struct iovec *iov, size_t size)
{
	const u8 *from = gathered;

	for (; size; iov++) {
		size_t n = MIN(size, iov->len);
		__builtin_memcpy(iov->base, from, n);
		from += n;
		size -= n;
	}
}

static void gather(const struct iovec *iov, int count)
{
	u8 *to = gathered;

	for (int i = 0; i < count; i++) {
		__builtin_memcpy(to, iov[i].base, iov[i].len);
		to += iov[i].len;
	}
}

static long host_read(struct file *file, const struct iovec *iov, int count, i64 offset)
{
	struct iovec whole = { gathered, sum(iov, count) };
	long n;

	mapping_store(file);
	if (count == 1) return host_read_one(file, iov, offset);
	if (whole.len > sizeof gathered && file_seekable(file))
		return each(host_read_one, file, iov, count, offset);
	whole.len = MIN(whole.len, sizeof gathered);
	n = host_read_one(file, &whole, offset);
	if (n > 0) scatter(iov, n);
	return n;
}

static long host_write(struct file *file, const struct iovec *iov, int count, i64 offset)
{
	struct iovec whole = { gathered, sum(iov, count) };
	long n;

	mapping_store(file);
	if (count > 1 && whole.len <= sizeof gathered) {
		gather(iov, count);
		n = host_write_one(file, &whole, offset);
	} else
		n = each(host_write_one, file, iov, count, offset);
	if (n == -EPIPE) process_signal(SIGPIPE);
	if (n > 0 && mapping_acts) mapping_acts->load(file, file->flags & O_APPEND ? -1 : offset, n);
	return n;
}

long file_read(struct file *file, const struct iovec *iov, int count, i64 offset)
{
	if (mode(file) == O_WRONLY || file->flags & O_PATH) return -EBADF;
	if (file->type == WASI_DIRECTORY) return -EISDIR;
	if (file->kind == FILE_HOST) {
		long n = host_read(file, iov, count, offset);
		if (n > 0) file->acts = NULL; /* what gives bytes is no directory */
		return n < 0 && file_type(file) == WASI_DIRECTORY ? -EISDIR : n;
	}
	if (offset >= 0 && file->pipe) return -ESPIPE;
	return each(file->acts->read, file, iov, count, offset);
}

long file_write(struct file *file, const struct iovec *iov, int count, i64 offset)
{
	if (mode(file) == O_RDONLY || file->flags & O_PATH) return -EBADF;
	if (file->kind == FILE_HOST) return host_write(file, iov, count, offset);
	if (offset >= 0 && file->pipe) return -ESPIPE;
	return each(file->acts->write, file, iov, count, offset);
}

typedef long transfer(struct file *, const struct iovec *, int, i64);

static long one(transfer *act, int fd, void *buf, size_t size, i64 offset)
{
	struct file *file = fd_file(fd);
	struct iovec iov = { buf, MIN(size, RW_MAX) };

	if (!file) return -EBADF;
	if (!memory_valid(buf, iov.len)) return -EFAULT;
	return act(file, &iov, 1, offset);
}

/* The guest's list is copied, so that nothing changes it after the check, without
 * empty parts: stdio has them, and one part goes to the host as it is. */
static long many(transfer *act, int fd, const struct iovec *iov, int count, i64 offset)
{
	static struct iovec checked[IOV_MAX];
	struct file *file = fd_file(fd);
	size_t left = RW_MAX;
	int used = 0;

	if (!file) return -EBADF;
	if (count < 0 || count > IOV_MAX) return -EINVAL;
	if (!memory_valid(iov, count * sizeof *iov)) return -EFAULT;
	for (int i = 0; i < count; i++) {
		if (iov[i].len > 0x7fffffff) return -EINVAL;
		checked[used] = (struct iovec){ iov[i].base, MIN(iov[i].len, left) };
		if (!memory_valid(checked[used].base, checked[used].len)) return -EFAULT;
		left -= checked[used].len;
		if (checked[used].len) used++;
	}
	return act(file, checked, used, offset);
}

long sys_read(int fd, void *buf, size_t size)
{
	return one(file_read, fd, buf, size, -1);
}

long sys_write(int fd, const void *buf, size_t size)
{
	return one(file_write, fd, (void *)buf, size, -1);
}

long sys_readv(int fd, const struct iovec *iov, int count)
{
	return many(file_read, fd, iov, count, -1);
}

long sys_writev(int fd, const struct iovec *iov, int count)
{
	return many(file_write, fd, iov, count, -1);
}

long sys_pread64(int fd, void *buf, size_t size, off_t offset)
{
	return offset < 0 ? -EINVAL : one(file_read, fd, buf, size, offset);
}

long sys_pwrite64(int fd, const void *buf, size_t size, off_t offset)
{
	return offset < 0 ? -EINVAL : one(file_write, fd, (void *)buf, size, offset);
}

long sys_preadv(int fd, const struct iovec *iov, int count, off_t offset)
{
	return offset < 0 ? -EINVAL : many(file_read, fd, iov, count, offset);
}

long sys_pwritev(int fd, const struct iovec *iov, int count, off_t offset)
{
	return offset < 0 ? -EINVAL : many(file_write, fd, iov, count, offset);
}

long sys_preadv2(int fd, const struct iovec *iov, int count, off_t offset, int flags)
{
	if (flags) return -EOPNOTSUPP;
	return offset < -1 ? -EINVAL : many(file_read, fd, iov, count, offset);
}

long sys_pwritev2(int fd, const struct iovec *iov, int count, off_t offset, int flags)
{
	if (flags) return -EOPNOTSUPP;
	return offset < -1 ? -EINVAL : many(file_write, fd, iov, count, offset);
}

long sys_sendfile64(int out, int in, off_t *offset, size_t size)
{
	static u8 buffer[16384];
	struct file *from = fd_file(in), *to = fd_file(out);
	struct iovec iov = { buffer, MIN(size, sizeof buffer) };
	long n;

	if (!from || !to) return -EBADF;
	if (offset && !memory_valid(offset, sizeof *offset)) return -EFAULT;
	if (offset && *offset < 0) return -EINVAL;
	if (!file_seekable(from)) return -EINVAL;
	iov.len = n = file_read(from, &iov, 1, offset ? *offset : -1);
	if (n <= 0) return n;
	n = file_write(to, &iov, 1, -1);
	if (n > 0 && offset) *offset += n;
	return n;
}

long sys__llseek(int fd, unsigned long high, unsigned long low, off_t *result, int whence)
{
	struct file *file = fd_file(fd);
	i64 offset = (i64)((u64)high << 32 | low);

	if (!file) return -EBADF;
	if (whence < 0 || whence > SEEK_END) return -EINVAL;
	if (!memory_valid(result, sizeof *result)) return -EFAULT;
	if (file->acts && file->acts->seek) return file->acts->seek(file, offset, whence, result);
	if (file->kind == FILE_HOST) return host_seek(file, offset, whence, result);
	*result = 0;
	return 0;
}

static long sync(int fd, int (*how)(int))
{
	struct file *file = fd_file(fd);

	if (!file) return -EBADF;
	if (file->kind == FILE_MEMORY) return 0;
	if (file->kind != FILE_HOST) return -EINVAL;
	mapping_store(file);
	return wasi_result(how(file->host));
}

long sys_fsync(int fd)
{
	return sync(fd, wasi_fd_sync);
}

long sys_fdatasync(int fd)
{
	return sync(fd, wasi_fd_datasync);
}

long sys_syncfs(int fd)
{
	return fd_file(fd) ? 0 : -EBADF;
}

long sys_ftruncate64(int fd, off_t length)
{
	struct file *file = fd_file(fd);
	int error;

	if (!file) return -EBADF;
	if (length < 0 || mode(file) == O_RDONLY || !file_seekable(file)) return -EINVAL;
	if (file->kind == FILE_MEMORY) return tmpfs_resize(file->node, length);
	mapping_store(file);
	error = wasi_fd_filestat_set_size(file->host, length);
	if (mapping_acts) mapping_acts->load(file, -1, 0);
	return wasi_result(error);
}

long sys_truncate64(const char *path, off_t length)
{
	long error, fd;

	if (length < 0) return -EINVAL;
	fd = sys_openat(AT_FDCWD, path, O_WRONLY, 0);
	if (fd < 0) return fd;
	error = sys_ftruncate64(fd, length);
	sys_close(fd);
	return error;
}

/* Without fd_allocate of the host's, a longer file has to do. */
long sys_fallocate(int fd, int mode, off_t offset, off_t length)
{
	struct file *file = fd_file(fd);
	struct wasi_filestat stat;
	int error;

	if (!file) return -EBADF;
	if (mode) return -EOPNOTSUPP;
	if (offset < 0 || length <= 0) return -EINVAL;
	if (length > 0x7fffffffffffffff - offset) return -EFBIG;
	if ((file->flags & O_ACCMODE) == O_RDONLY) return -EBADF;
	if (!file_seekable(file)) return file->pipe ? -ESPIPE : -ENODEV;
	if (file->kind == FILE_MEMORY)
		return tmpfs_size(file->node) >= (u64)(offset + length) ? 0
			: tmpfs_resize(file->node, offset + length);
	error = wasi_fd_filestat_get(file->host, &stat);
	if (error || stat.size >= (u64)(offset + length)) return wasi_result(error);
	return wasi_result(wasi_fd_filestat_set_size(file->host, offset + length));
}

long sys_fadvise64_64(int fd, off_t offset, off_t length, int advice)
{
	struct file *file = fd_file(fd);

	(void)offset;
	if (!file) return -EBADF;
	if (file->pipe) return -ESPIPE;
	return advice < 0 || advice > 5 || length < 0 ? -EINVAL : 0;
}
