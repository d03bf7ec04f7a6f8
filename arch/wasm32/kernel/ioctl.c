/* fcntl, flock, ioctl; terminals. */
#include "host.h"
#include "memory.h"
#include "pipe.h"
#include "syscalls.h"

static int is_terminal(struct file *file)
{
	struct wasi_fdstat stat;
	u64 position;

	if (file->kind != FILE_HOST) return 0;
	if (file->type != TYPE_UNASKED && file->type != WASI_CHARACTER_DEVICE) return 0;
	/* Each fopen to write asks, and no host's thread has to seek. */
	if (file->type == TYPE_UNASKED && !wasi_fd_seek(file->host, 0, SEEK_CUR, &position)) return 0;
	return !host_ask(file, &stat) && file->type == WASI_CHARACTER_DEVICE
		&& !(stat.rights & (WASI_RIGHT_SEEK | WASI_RIGHT_TELL));
}

#define SETTABLE (O_APPEND | O_NONBLOCK)

static long set_flags(struct file *file, int flags)
{
	int host = (flags & O_APPEND ? WASI_APPEND : 0) | (flags & O_NONBLOCK ? WASI_NONBLOCK : 0);

	if (file->kind == FILE_HOST && (file->flags ^ flags) & SETTABLE) {
		int error = wasi_fd_fdstat_set_flags(file->host, host);
		if (error) return wasi_result(error);
	}
	file->flags = (file->flags & ~SETTABLE) | (flags & SETTABLE);
	return 0;
}

/* struct flock: short type, whence; off_t start, len; int pid */
static long get_lock(u8 *lock)
{
	if (!memory_valid(lock, 32)) return -EFAULT;
	lock[0] = F_UNLCK;
	lock[1] = 0;
	return 0;
}

long sys_fcntl64(int fd, int cmd, unsigned long arg)
{
	struct file *file = fd_file(fd);

	if (!file) return -EBADF;
	switch (cmd) {
	case F_DUPFD: return fd_duplicate(fd, arg, 0);
	case F_DUPFD_CLOEXEC: return fd_duplicate(fd, arg, O_CLOEXEC);
	case F_GETFD: return *fd_cloexec(fd);
	case F_SETFD: *fd_cloexec(fd) = arg & FD_CLOEXEC; return 0;
	case F_GETFL: return file->flags | O_LARGEFILE;
	case F_SETFL: return set_flags(file, arg);
	case F_GETOWN: case F_SETOWN: return 0;
	case F_GETLK: case F_OFD_GETLK: return get_lock((u8 *)arg);
	case F_SETLK: case F_SETLKW: case F_OFD_SETLK: case F_OFD_SETLKW:
		return memory_valid((u8 *)arg, 32) ? 0 : -EFAULT;
	case F_GETPIPE_SZ: return file->pipe ? PIPE_SIZE : -EBADF;
	}
	return -EINVAL;
}

/* One process has every lock it asks for. */
long sys_flock(int fd, int operation)
{
	operation &= ~4;
	if (operation != 1 && operation != 2 && operation != 8) return -EINVAL;
	return fd_file(fd) ? 0 : -EBADF;
}

static long window_size(struct file *file, void *size)
{
	if (!is_terminal(file)) return -ENOTTY;
	if (!memory_valid(size, 8)) return -EFAULT;
	__builtin_memset(size, 0, 8); /* Linux's answer for a size it was not told */
	return 0;
}

/* A terminal as Linux makes it: cooked, with echo, 38400 baud, 8 bits. */
static long attributes(struct file *file, u32 *termios)
{
	static const u8 characters[] = { 3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22 };

	if (!is_terminal(file)) return -ENOTTY;
	if (!memory_valid(termios, 36)) return -EFAULT;
	__builtin_memset(termios, 0, 36);
	termios[0] = 02400;
	termios[1] = 5;
	termios[2] = 0277;
	termios[3] = 0105073;
	__builtin_memcpy((u8 *)(termios + 4) + 1, characters, sizeof characters);
	return 0;
}

static long set_nonblocking(struct file *file, const int *on)
{
	if (!memory_valid(on, sizeof *on)) return -EFAULT;
	return set_flags(file, *on ? file->flags | O_NONBLOCK : file->flags & ~O_NONBLOCK);
}

static long unread(struct file *file, int *count)
{
	if (file->kind != FILE_PIPE_READ) return -ENOTTY;
	if (!memory_valid(count, sizeof *count)) return -EFAULT;
	*count = pipe_unread(file);
	return 0;
}

long sys_ioctl(int fd, unsigned cmd, void *arg)
{
	struct file *file = fd_file(fd);

	if (!file) return -EBADF;
	switch (cmd) {
	case TIOCGWINSZ: return window_size(file, arg);
	case TCGETS: return attributes(file, arg);
	case FIOCLEX: *fd_cloexec(fd) = 1; return 0;
	case FIONCLEX: *fd_cloexec(fd) = 0; return 0;
	case FIONBIO: return set_nonblocking(file, arg);
	case FIONREAD: return unread(file, arg);
	}
	return -ENOTTY;
}
