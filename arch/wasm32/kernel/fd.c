/* The table of file descriptors: dup, fcntl, close. */
#include "fd.h"
#include "memory.h"
#include "pipe.h"
#include "syscalls.h"
#include "wasi.h"

static struct file files[OPEN_MAX];

static struct {
	struct file *file;
	u8 cloexec;
} fds[OPEN_MAX];

struct file *fd_file(int fd)
{
	return (unsigned)fd < OPEN_MAX ? fds[fd].file : NULL;
}

struct file *file_new(int kind, int flags)
{
	for (size_t i = 0; i < LENGTH(files); i++) {
		if (files[i].kind) continue;
		files[i] = (struct file){ .kind = kind, .refs = 1, .host = -1, .flags = flags };
		return &files[i];
	}
	return NULL;
}

/* The host's standard streams stay open: the loader may still write there. */
void file_drop(struct file *file)
{
	if (--file->refs) return;
	if (file->kind == FILE_HOST && file->host > 2) wasi_fd_close(file->host);
	if (file->acts && file->acts->close) file->acts->close(file);
	if (file->path) memory_give(file->path, 1);
	file->kind = FILE_UNUSED;
}

long fd_install(struct file *file, int min, int flags)
{
	for (int fd = min; fd < OPEN_MAX; fd++) {
		if (fds[fd].file) continue;
		fds[fd].file = file;
		fds[fd].cloexec = !!(flags & O_CLOEXEC);
		return fd;
	}
	file_drop(file);
	return -EMFILE;
}

static void standard_stream(int host)
{
	struct wasi_fdstat stat;
	struct file *file;
	int reads, writes;

	if (wasi_fd_fdstat_get(host, &stat)) return;
	file = file_new(FILE_HOST, 0);
	reads = !!(stat.rights & WASI_RIGHT_READ);
	writes = !!(stat.rights & WASI_RIGHT_WRITE);
	file->flags = reads && writes ? O_RDWR : writes ? O_WRONLY : O_RDONLY;
	if (stat.flags & WASI_APPEND) file->flags |= O_APPEND;
	file->type = stat.filetype;
	file->host = host;
	fds[host].file = file;
}

void fd_initialize(void)
{
	for (int host = 0; host <= 2; host++) standard_stream(host);
}

static long duplicate(int fd, int min, int flags)
{
	struct file *file = fd_file(fd);

	if (!file) return -EBADF;
	if ((unsigned)min >= OPEN_MAX) return -EINVAL;
	file->refs++;
	return fd_install(file, min, flags);
}

long sys_dup(int fd)
{
	return duplicate(fd, 0, 0);
}

long sys_dup3(int old, int new, int flags)
{
	struct file *file = fd_file(old);

	if (flags & ~O_CLOEXEC || old == new) return -EINVAL;
	if (!file || (unsigned)new >= OPEN_MAX) return -EBADF;
	file->refs++;
	if (fds[new].file) file_drop(fds[new].file);
	fds[new].file = file;
	fds[new].cloexec = !!flags;
	return new;
}

long sys_close(int fd)
{
	struct file *file = fd_file(fd);

	if (!file) return -EBADF;
	fds[fd].file = NULL;
	file_drop(file);
	return 0;
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
	case F_DUPFD: return duplicate(fd, arg, 0);
	case F_DUPFD_CLOEXEC: return duplicate(fd, arg, O_CLOEXEC);
	case F_GETFD: return fds[fd].cloexec;
	case F_SETFD: fds[fd].cloexec = arg & FD_CLOEXEC; return 0;
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
	if (!file_terminal(file)) return -ENOTTY;
	if (!memory_valid(size, 8)) return -EFAULT;
	__builtin_memset(size, 0, 8); /* Linux's answer for a size it was not told */
	return 0;
}

/* A terminal as Linux makes it: cooked, with echo, 38400 baud, 8 bits. */
static long attributes(struct file *file, u32 *termios)
{
	static const u8 characters[] = { 3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22 };

	if (!file_terminal(file)) return -ENOTTY;
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
	case FIOCLEX: fds[fd].cloexec = 1; return 0;
	case FIONCLEX: fds[fd].cloexec = 0; return 0;
	case FIONBIO: return set_nonblocking(file, arg);
	case FIONREAD: return unread(file, arg);
	}
	return -ENOTTY;
}
