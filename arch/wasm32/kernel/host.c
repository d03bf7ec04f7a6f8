/* Files of the host's: their type, and how they are read, written and sought. */
#include "host.h"
#include "signal.h"

int host_ask(struct file *file, struct wasi_fdstat *stat)
{
	int error = wasi_fd_fdstat_get(file->host, stat);

	file->type = error ? WASI_UNKNOWN : stat->filetype;
	return error;
}

int file_type(struct file *file)
{
	struct wasi_fdstat stat;

	if (file->type == TYPE_UNASKED) host_ask(file, &stat);
	return file->type;
}

int file_seekable(struct file *file)
{
	if (file->kind != FILE_HOST && file->kind != FILE_MEMORY) return 0;
	return file_type(file) == WASI_REGULAR_FILE || file->type == WASI_BLOCK_DEVICE;
}

long host_seek(struct file *file, i64 offset, int whence, off_t *result)
{
	u64 position;
	int error = wasi_fd_seek(file->host, offset, whence, &position);

	if (!error) *result = position;
	return wasi_result(error);
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

long file_each(transfer_one *act, struct file *file, const struct iovec *iov, int count,
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

long host_read(struct file *file, const struct iovec *iov, int count, i64 offset)
{
	struct iovec whole = { gathered, sum(iov, count) };
	long n;

	mapping_store(file);
	if (count == 1) return host_read_one(file, iov, offset);
	if (whole.len > sizeof gathered && file_seekable(file))
		return file_each(host_read_one, file, iov, count, offset);
	whole.len = MIN(whole.len, sizeof gathered);
	n = host_read_one(file, &whole, offset);
	if (n > 0) scatter(iov, n);
	return n;
}

long host_write(struct file *file, const struct iovec *iov, int count, i64 offset)
{
	struct iovec whole = { gathered, sum(iov, count) };
	long n;

	mapping_store(file);
	if (count > 1 && whole.len <= sizeof gathered) {
		gather(iov, count);
		n = host_write_one(file, &whole, offset);
	} else
		n = file_each(host_write_one, file, iov, count, offset);
	if (n == -EIO && file->host <= 2 && file_type(file) == WASI_UNKNOWN) n = -EPIPE; /* wasmtime's word for it */
	if (n == -EPIPE) process_signal(SIGPIPE);
	if (n > 0 && mapping_acts) mapping_acts->load(file, file->flags & O_APPEND ? -1 : offset, n);
	return n;
}
