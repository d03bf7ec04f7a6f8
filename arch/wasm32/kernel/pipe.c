/* Pipes: a ring of bytes inside the kernel.
 *
 * Reader and writer are one thread, so that waiting could only be for ever:
 * where Linux would block, the answer is EAGAIN. */
#include "memory.h"
#include "pipe.h"
#include "signal.h"
#include "syscalls.h"
#include "wasi.h"

#define PIPE_BUF 4096

struct pipe {
	size_t at, used;
	u16 readable, writable; /* how many ends are open */
	struct pipe **fifo;     /* whose it is, if it has a name */
	u8 ring[PIPE_SIZE];
};

#define PIPE_GRANULES ((sizeof(struct pipe) + GRANULE - 1) / GRANULE)

static void copy_out(struct pipe *pipe, u8 *buf, size_t size)
{
	size_t head = MIN(size, PIPE_SIZE - pipe->at);

	__builtin_memcpy(buf, pipe->ring + pipe->at, head);
	__builtin_memcpy(buf + head, pipe->ring, size - head);
	pipe->at = (pipe->at + size) % PIPE_SIZE;
	pipe->used -= size;
}

static void copy_in(struct pipe *pipe, const u8 *buf, size_t size)
{
	size_t at = (pipe->at + pipe->used) % PIPE_SIZE, head = MIN(size, PIPE_SIZE - at);

	__builtin_memcpy(pipe->ring + at, buf, head);
	__builtin_memcpy(pipe->ring, buf + head, size - head);
	pipe->used += size;
}

static long pipe_read(struct file *file, const struct iovec *iov, i64 offset)
{
	struct pipe *pipe = file->pipe;
	size_t size;

	(void)offset;
	if (!pipe->used) return pipe->writable ? -EAGAIN : 0;
	size = MIN(iov->len, pipe->used);
	copy_out(pipe, iov->base, size);
	return size;
}

static long pipe_write(struct file *file, const struct iovec *iov, i64 offset)
{
	struct pipe *pipe = file->pipe;
	size_t size = iov->len, room = PIPE_SIZE - pipe->used;

	(void)offset;
	if (!pipe->readable) {
		process_signal(SIGPIPE);
		return -EPIPE;
	}
	if (!room || (size <= PIPE_BUF && size > room)) return -EAGAIN;
	size = MIN(size, room);
	copy_in(pipe, iov->base, size);
	return size;
}

static long pipe_seek(struct file *file, i64 offset, int whence, off_t *result)
{
	(void)file, (void)offset, (void)whence, (void)result;
	return -ESPIPE;
}

static void pipe_close(struct file *file)
{
	struct pipe *pipe = file->pipe;

	if (file_mode(file) != O_WRONLY) pipe->readable--;
	if (file_mode(file) != O_RDONLY) pipe->writable--;
	if (pipe->readable || pipe->writable) return;
	if (pipe->fifo) *pipe->fifo = NULL;
	memory_give(pipe, PIPE_GRANULES);
}

static const struct file_acts acts = {
	.read = pipe_read, .write = pipe_write, .seek = pipe_seek, .close = pipe_close,
};

size_t pipe_unread(struct file *file)
{
	return file->pipe->used;
}

int pipe_events(struct file *file)
{
	struct pipe *pipe = file->pipe;

	int events = 0;

	if (file_mode(file) != O_WRONLY)
		events |= (pipe->used ? POLLIN | POLLRDNORM : 0) | (pipe->writable ? 0 : POLLHUP);
	if (file_mode(file) != O_RDONLY)
		events |= (PIPE_SIZE - pipe->used >= PIPE_BUF ? POLLOUT | POLLWRNORM : 0)
			| (pipe->readable ? 0 : POLLERR);
	return events;
}

/* The one thread cannot wait in open for the other end: as if it were not to wait. */
long pipe_open(struct file *file, struct pipe **fifo, int flags)
{
	struct pipe *pipe = *fifo;

	if ((flags & O_ACCMODE) == O_WRONLY && (!pipe || !pipe->readable)) return -ENXIO;
	if (!pipe) pipe = memory_take(PIPE_GRANULES);
	if (!pipe) return -ENOMEM;
	*fifo = pipe;
	pipe->fifo = fifo;
	file->kind = file_mode(file) == O_WRONLY ? FILE_PIPE_WRITE : FILE_PIPE_READ;
	file->type = WASI_UNKNOWN;
	file->pipe = pipe;
	file->acts = &acts;
	pipe->readable += file_mode(file) != O_WRONLY;
	pipe->writable += file_mode(file) != O_RDONLY;
	return 0;
}

static long install_both(struct file *in, struct file *out, int *fds, int flags)
{
	long first = fd_install(in, 0, flags), second;

	if (first < 0) {
		file_drop(out);
		return first;
	}
	second = fd_install(out, 0, flags);
	if (second < 0) {
		sys_close(first);
		return second;
	}
	fds[0] = first;
	fds[1] = second;
	return 0;
}

long sys_pipe2(int *fds, int flags)
{
	struct file *in, *out;
	struct pipe *pipe;

	if (flags & ~(O_CLOEXEC | O_NONBLOCK)) return -EINVAL;
	if (!memory_valid(fds, 2 * sizeof *fds)) return -EFAULT;
	in = file_new(FILE_PIPE_READ, O_RDONLY | (flags & O_NONBLOCK));
	out = file_new(FILE_PIPE_WRITE, O_WRONLY | (flags & O_NONBLOCK));
	pipe = in && out ? memory_take(PIPE_GRANULES) : NULL;
	if (!pipe) {
		if (in) file_drop(in);
		if (out) file_drop(out);
		return in && out ? -ENOMEM : -EMFILE;
	}
	pipe->readable = pipe->writable = 1;
	in->pipe = out->pipe = pipe;
	in->acts = out->acts = &acts;
	return install_both(in, out, fds, flags);
}
