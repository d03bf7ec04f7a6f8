/* Reading, writing and seeking in any open file. */
#include "file.h"
#include "host.h"
#include "memory.h"
#include "syscalls.h"

long file_read(struct file *file, const struct iovec *iov, int count, i64 offset)
{
	if (file_mode(file) == O_WRONLY || file->flags & O_PATH) return -EBADF;
	if (file->type == WASI_DIRECTORY) return -EISDIR;
	if (file->kind == FILE_HOST) {
		long n = host_read(file, iov, count, offset);
		if (n > 0) file->acts = NULL; /* what gives bytes is no directory */
		return n < 0 && file_type(file) == WASI_DIRECTORY ? -EISDIR : n;
	}
	if (offset >= 0 && file->pipe) return -ESPIPE;
	return file_each(file->acts->read, file, iov, count, offset);
}

long file_write(struct file *file, const struct iovec *iov, int count, i64 offset)
{
	if (file_mode(file) == O_RDONLY || file->flags & O_PATH) return -EBADF;
	if (file->kind == FILE_HOST) return host_write(file, iov, count, offset);
	if (offset >= 0 && file->pipe) return -ESPIPE;
	return file_each(file->acts->write, file, iov, count, offset);
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
