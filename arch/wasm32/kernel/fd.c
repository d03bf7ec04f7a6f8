/* The table of file descriptors: dup, close. */
#include "fd.h"
#include "memory.h"
#include "syscalls.h"
#include "wasi.h"

const struct mapping_acts *mapping_acts;

int fd_denied;

/* More than descriptors: mappings keep files that are closed. */
static struct file files[OPEN_MAX + 64];

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

u8 *fd_cloexec(int fd)
{
	return &fds[fd].cloexec;
}

int fd_full(void)
{
	for (int fd = 0; fd < OPEN_MAX - fd_denied; fd++) if (!fds[fd].file) return 0;
	return 1;
}

long fd_install(struct file *file, int min, int flags)
{
	for (int fd = min; fd < OPEN_MAX - fd_denied; fd++) {
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
	int error = wasi_fd_fdstat_get(host, &stat);

	if (error && error != WASI_ENOSYS && error != WASI_ENOTSUP) return;
	if (error) stat = (struct wasi_fdstat){ .filetype = WASI_UNKNOWN };
	file = file_new(FILE_HOST, 0);
	reads = !!(stat.rights & WASI_RIGHT_READ);
	writes = !!(stat.rights & WASI_RIGHT_WRITE);
	file->flags = reads == writes ? O_RDWR : writes ? O_WRONLY : O_RDONLY; /* or none are told */
	if (stat.flags & WASI_APPEND) file->flags |= O_APPEND;
	file->type = stat.filetype;
	file->ready = stat.filetype == WASI_CHARACTER_DEVICE && stat.rights & WASI_RIGHT_SEEK;
	file->host = host;
	fds[host].file = file;
}

void fd_initialize(void)
{
	for (int host = 0; host <= 2; host++) standard_stream(host);
}

long fd_duplicate(int fd, int min, int flags)
{
	struct file *file = fd_file(fd);

	if (!file) return -EBADF;
	if (min < 0 || min >= OPEN_MAX - fd_denied) return -EINVAL;
	file->refs++;
	return fd_install(file, min, flags);
}

long sys_dup(int fd)
{
	return fd_duplicate(fd, 0, 0);
}

long sys_dup3(int old, int new, int flags)
{
	struct file *file = fd_file(old);

	if (flags & ~O_CLOEXEC || old == new) return -EINVAL;
	if (!file || new < 0 || new >= OPEN_MAX - fd_denied) return -EBADF;
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
