/* Changes of directories: names are made, moved, removed, read. */
#include "fd.h"
#include "memory.h"
#include "path.h"
#include "syscalls.h"
#include "wasi.h"

static struct place from, to;

long sys_mkdirat(int dirfd, const char *path, mode_t mode)
{
	long error = path_resolve_change(dirfd, path, 0, &to);

	if (error == -EROFS && !sys_faccessat2(dirfd, path, 0, 0)) return -EEXIST;
	if (error) return error;
	if (to.kind == PLACE_MEMORY) return tmpfs_mkdir(&to.spot, mode);
	return wasi_result(wasi_path_create_directory(to.dir, to.path, to.len)); /* the host's mode */
}

/* Only plain files can be made: the answer for a FIFO or a device is that of a
 * file system that has none. */
long sys_mknodat(int dirfd, const char *path, mode_t mode, unsigned dev)
{
	int plain = !(mode & S_IFMT) || (mode & S_IFMT) == S_IFREG;
	long fd;

	(void)dev;
	if (!plain && !sys_faccessat2(dirfd, path, 0, AT_SYMLINK_NOFOLLOW)) return -EEXIST;
	if (!plain) return -EPERM;
	fd = sys_openat(dirfd, path, O_WRONLY | O_CREAT | O_EXCL, mode);
	return fd < 0 ? fd : sys_close(fd);
}

static int is_preopened(const struct place *place)
{
	return place->len == 1 && *place->path == '.';
}

long sys_unlinkat(int dirfd, const char *path, int flags)
{
	long error = path_resolve_change(dirfd, path, 0, &to);

	if (flags & ~AT_REMOVEDIR) return -EINVAL;
	if (error) return error;
	if (path_ends_in_dot(path)) return flags ? -EINVAL : -EISDIR;
	if (to.kind == PLACE_MEMORY) return tmpfs_unlink(&to.spot, flags);
	if (is_preopened(&to)) return flags ? -EBUSY : -EISDIR;
	if (flags) return wasi_result(wasi_path_remove_directory(to.dir, to.path, to.len));
	if (to.path[to.len]) return -ENOTDIR;
	return wasi_result(wasi_path_unlink_file(to.dir, to.path, to.len));
}

/* For link and rename: both in memory, or both of the host. */
static long resolve_both(int olddirfd, const char *old, int follow, int newdirfd, const char *new)
{
	long error = path_resolve_change(olddirfd, old, follow, &from);

	if (!error) error = path_resolve_change(newdirfd, new, 0, &to);
	return error ? error : from.kind != to.kind ? -EXDEV : 0;
}

long sys_renameat2(int olddirfd, const char *old, int newdirfd, const char *new, unsigned flags)
{
	long error;

	if (flags) return -EINVAL;
	error = resolve_both(olddirfd, old, 0, newdirfd, new);
	if (error) return error;
	if (path_ends_in_dot(old) || path_ends_in_dot(new)) return -EBUSY;
	if (to.kind == PLACE_MEMORY) return tmpfs_rename(&from.spot, &to.spot);
	if (is_preopened(&from) || is_preopened(&to)) return -EBUSY;
	return wasi_result(wasi_path_rename(from.dir, from.path, from.len, to.dir, to.path, to.len));
}

long sys_linkat(int olddirfd, const char *old, int newdirfd, const char *new, int flags)
{
	long error;

	if (flags & ~AT_SYMLINK_FOLLOW) return -EINVAL;
	error = resolve_both(olddirfd, old, flags, newdirfd, new);
	if (error) return error;
	if (to.kind == PLACE_MEMORY)
		return from.spot.node ? tmpfs_link(from.spot.node, &to.spot) : -ENOENT;
	return wasi_result(wasi_path_link(from.dir, flags ? WASI_SYMLINK_FOLLOW : 0,
		from.path, from.len, to.dir, to.path, to.len));
}

long sys_symlinkat(const char *target, int dirfd, const char *path)
{
	static char copy[PATH_MAX];
	long n = memory_string(target, PATH_MAX);
	long error = n < 0 ? n : n == 0 ? -ENOENT : path_resolve_change(dirfd, path, 0, &to);

	if (error) return error;
	__builtin_memcpy(copy, target, n);
	if (to.kind == PLACE_MEMORY) return tmpfs_symlink(&to.spot, copy, n);
	return wasi_result(wasi_path_symlink(copy, n, to.dir, to.path, to.len));
}

/* What /proc/self/fd has: the name under which the file was opened. */
static long fd_name(int fd, char name[PATH_MAX])
{
	struct file *file = fd_file(fd);
	long n;

	if (!file || !file->path) return -ENOENT;
	n = path_canonical(file->path, name);
	if (!n) name[n++] = '/';
	return n;
}

static long memory_target(const struct spot *spot, char target[PATH_MAX])
{
	const char *from;
	size_t n;

	if (!spot->node) return -ENOENT;
	from = tmpfs_target(spot->node, &n);
	if (!from) return -EINVAL;
	__builtin_memcpy(target, from, n);
	return n;
}

static long host_target(const struct place *place, char target[PATH_MAX])
{
	size_t used = 0;
	int error = wasi_path_readlink(place->dir, place->path, place->len, target, PATH_MAX, &used);

	return error ? wasi_result(error) : (long)used;
}

long sys_readlinkat(int dirfd, const char *path, char *buf, int size)
{
	static char target[PATH_MAX];
	long n = path_resolve(dirfd, path, 0, &from);

	if (n) return n;
	if (size <= 0) return -EINVAL;
	n = from.kind == PLACE_FD ? fd_name(from.number, target)
		: from.kind == PLACE_MEMORY ? memory_target(&from.spot, target)
		: from.kind == PLACE_HOST ? host_target(&from, target) : -EINVAL;
	if (n < 0) return n;
	n = MIN(n, size);
	if (!memory_valid(buf, n)) return -EFAULT;
	__builtin_memcpy(buf, target, n);
	return n;
}
