/* Reading, writing and seeking in any open file. */
#include "file.h"
#include "host.h"
#include "memory.h"
#include "syscalls.h"

long file_read(struct file *file, struct iovec *iov, int count, i64 offset)
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

long (*file_cut)(struct file *file, struct iovec *iov, int count, i64 offset);
long (*file_seek_data)(struct file *file, i64 offset, int whence, off_t *result);

long file_write(struct file *file, struct iovec *iov, int count, i64 offset)
{
	long error;

	if (file_mode(file) == O_RDONLY || file->flags & O_PATH) return -EBADF;
	error = file_cut ? file_cut(file, iov, count, offset) : 0;
	if (error) return error;
	if (file->kind == FILE_HOST) return host_write(file, iov, count, offset);
	if (offset >= 0 && file->pipe) return -ESPIPE;
	return file_each(file->acts->write, file, iov, count, offset);
}

typedef long transfer(struct file *, struct iovec *, int, i64);

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

long file_seek(struct file *file, i64 offset, int whence, off_t *result)
{
	if (file->acts && file->acts->seek) return file->acts->seek(file, offset, whence, result);
	if (file->kind == FILE_HOST) return host_seek(file, offset, whence, result);
	*result = 0;
	return 0;
}

long sys__llseek(int fd, unsigned long high, unsigned long low, off_t *result, int whence)
{
	struct file *file = fd_file(fd);
	i64 offset = (i64)((u64)high << 32 | low);

	if (!file) return -EBADF;
	if (whence < 0 || whence > SEEK_HOLE) return -EINVAL;
	if (!memory_valid(result, sizeof *result)) return -EFAULT;
	if (whence > SEEK_END) return file_seek_data ? file_seek_data(file, offset, whence, result) : -EINVAL;
	return file_seek(file, offset, whence, result);
}

/* The bytes [from, from + size) of one file and [to, ...) of another, or of the same. */
static int overlap(struct file *in, i64 from, struct file *out, i64 to, size_t size)
{
	if (in != out && (in->node != out->node || !in->node)) return 0;
	return from < to + (i64)size && to < from + (i64)size;
}

static i64 where(struct file *file, const off_t *given)
{
	off_t at = 0;

	if (given) return *given;
	file_seek(file, 0, SEEK_CUR, &at);
	return at;
}

static long copy_check(struct file *in, const off_t *inoff, struct file *out, const off_t *outoff)
{
	if (!in || !out) return -EBADF;
	if ((inoff && !memory_valid(inoff, sizeof *inoff)) || (outoff && !memory_valid(outoff, sizeof *outoff)))
		return -EFAULT;
	if (file_type(in) == WASI_DIRECTORY || file_type(out) == WASI_DIRECTORY) return -EISDIR;
	if (!file_seekable(in) || !file_seekable(out)) return -EINVAL;
	if (file_mode(in) == O_WRONLY || file_mode(out) == O_RDONLY || out->flags & O_APPEND) return -EBADF;
	return (inoff && *inoff < 0) || (outoff && *outoff < 0) ? -EINVAL : 0;
}

long sys_copy_file_range(int fdin, off_t *inoff, int fdout, off_t *outoff, size_t size, unsigned flags)
{
	static u8 buffer[16384];
	struct file *in = fd_file(fdin), *out = fd_file(fdout);
	long n = 0, done = 0, error = flags ? -EINVAL : copy_check(in, inoff, out, outoff);

	if (error) return error;
	size = MIN(size, RW_MAX);
	if (overlap(in, where(in, inoff), out, where(out, outoff), size)) return -EINVAL;
	while (size) {
		struct iovec iov = { buffer, MIN(size, sizeof buffer) };
		n = file_read(in, &iov, 1, inoff ? *inoff : -1);
		if (n <= 0) break;
		iov.len = n;
		n = file_write(out, &iov, 1, outoff ? *outoff : -1);
		if (n <= 0) break;
		if (inoff) *inoff += n;
		if (outoff) *outoff += n;
		done += n;
		size -= n;
	}
	return done ? done : n;
}
