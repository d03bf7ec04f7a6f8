/* How much room a file has, and whether it is on the disk. */
#include "file.h"
#include "host.h"
#include "memory.h"
#include "syscalls.h"
#include "tmpfs.h"

static long sync(int fd, int (*how)(int))
{
	struct file *file = fd_file(fd);
	int error;

	if (!file) return -EBADF;
	if (file->kind == FILE_MEMORY) return 0;
	if (file->kind != FILE_HOST) return file->type == WASI_DIRECTORY ? 0 : -EINVAL;
	mapping_store(file);
	error = how(file->host);
	return error && file_type(file) == WASI_DIRECTORY ? 0 : wasi_result(error);
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
	if (length < 0 || file_mode(file) == O_RDONLY || !file_seekable(file)) return -EINVAL;
	if (!file_may_have(file, length)) return -EFBIG;
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
	if (!file_may_have(file, offset + length)) return -EFBIG;
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
