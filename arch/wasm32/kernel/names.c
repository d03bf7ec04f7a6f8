/* Changes of directories: names are made, moved, removed, read. */
#include "fd.h"
#include "kept.h"
#include "memory.h"
#include "path.h"
#include "process.h"
#include "syscalls.h"
#include "text.h"
#include "wasi.h"

static struct place from, to;

/* The error for a path that ends in "." or "..", which are no entries. */
static long dots(int dirfd, const char *path, long error)
{
	return path_last(path) == PATH_NAME ? 0 : sys_faccessat2(dirfd, path, 0, 0) ?: error;
}

/* WASI's type of a host's entry, or -errno. */
static long entry_type(const struct place *place)
{
	struct wasi_filestat stat;
	int error = wasi_path_filestat_get(place->dir, 0, place->path, place->len, &stat);

	return error ? wasi_result(error) : stat.filetype;
}

/* For what is to be made, and is no directory: a name with a slash is none for it. */
static long resolve_new(int dirfd, const char *path)
{
	long error = path_resolve_change(dirfd, path, &to);

	if (error == -EROFS && !sys_faccessat2(dirfd, path, 0, AT_SYMLINK_NOFOLLOW)) return -EEXIST;
	if (!error) error = dots(dirfd, path, -EEXIST);
	if (error || !to.slash) return error;
	error = to.kind == PLACE_HOST ? entry_type(&to) : to.spot.node ? 0 : -ENOENT;
	return error < 0 ? error : -EEXIST;
}

/* Keeps the mode of what the host has made. */
static long keep_entry(mode_t mode)
{
	struct wasi_filestat stat;
	int error = wasi_path_filestat_get(to.dir, 0, to.path, to.len, &stat);

	return error ? wasi_result(error) : kept_mode(&stat, mode);
}

long sys_mkdirat(int dirfd, const char *path, mode_t mode)
{
	long error = path_resolve_change(dirfd, path, &to);

	if (error == -EROFS && !sys_faccessat2(dirfd, path, 0, 0)) return -EEXIST;
	if (!error) error = dots(dirfd, path, -EEXIST);
	if (error) return error;
	if (to.kind == PLACE_MEMORY) return tmpfs_mkdir(&to.spot, mode);
	error = wasi_result(wasi_path_create_directory(to.dir, to.path, to.len));
	mode &= 01777 & ~process_umask();
	return error || mode == 0755 ? error : keep_entry(mode); /* 0755: stat.c's, of all directories */
}

/* To others, a FIFO of this process is a plain file. The answer for a device is that
 * of a file system that has none. */
long sys_mknodat(int dirfd, const char *path, mode_t mode, unsigned dev)
{
	int plain = !(mode & S_IFMT) || (mode & S_IFMT) == S_IFREG, fifo = (mode & S_IFMT) == S_IFIFO;
	long fd, error = resolve_new(dirfd, path);

	(void)dev;
	if (error) return error;
	if (!plain && !sys_faccessat2(dirfd, path, 0, AT_SYMLINK_NOFOLLOW)) return -EEXIST;
	if (!plain && !fifo) return -EPERM;
	if (fifo && to.kind == PLACE_MEMORY) return tmpfs_mkfifo(&to.spot, mode);
	fd = sys_openat(dirfd, path, O_WRONLY | O_CREAT | O_EXCL, fifo ? 0666 : mode);
	error = fd < 0 ? fd : sys_close(fd);
	return error || !fifo ? error : keep_entry(S_IFIFO | (mode & 07777 & ~process_umask()));
}

static int is_preopened(const struct place *place)
{
	return place->len == 1 && *place->path == '.';
}

static long remove_host(int (*how)(int, const char *, size_t))
{
	struct wasi_filestat stat = { 0 };
	int was = kept_acts && !wasi_path_filestat_get(to.dir, 0, to.path, to.len, &stat);
	int error = how(to.dir, to.path, to.len);

	if (stat.filetype == WASI_DIRECTORY) stat.nlink = 1;
	if (!error && was) kept_acts->forget(&stat);
	return wasi_result(error);
}

static long unlink_host(int directory)
{
	long type;

	if (is_preopened(&to)) return directory ? -EBUSY : -EISDIR;
	if (directory) return remove_host(wasi_path_remove_directory);
	type = to.slash ? entry_type(&to) : 0;
	if (type < 0) return type;
	if (to.slash) return type == WASI_DIRECTORY ? -EISDIR : -ENOTDIR;
	return remove_host(wasi_path_unlink_file);
}

long sys_unlinkat(int dirfd, const char *path, int flags)
{
	long error = path_resolve_change(dirfd, path, &to);

	if (flags & ~AT_REMOVEDIR) return -EINVAL;
	if (!error) error = dots(dirfd, path, !flags ? -EISDIR
		: path_last(path) == PATH_DOT ? -EINVAL : -ENOTEMPTY);
	if (error) return error;
	error = to.kind == PLACE_MEMORY ? tmpfs_unlink(&to.spot, flags) : unlink_host(flags);
	if (!error && flags) path_left(to.given, NULL);
	return error;
}

static long rename_host(const struct place *old, const struct place *new)
{
	struct wasi_filestat stat = { 0 };
	int was = kept_acts && !wasi_path_filestat_get(new->dir, 0, new->path, new->len, &stat);
	int error = wasi_path_rename(old->dir, old->path, old->len, new->dir, new->path, new->len);

	if (!error && was) kept_acts->forget(&stat);
	return wasi_result(error);
}

/* Each gets the other's name, by way of a third: not in one step, as Linux does it.
 * The names are without links on the way, for one of these may be what moves. */
static long exchange_host(void)
{
	static struct place third;
	long error = path_settle(&from) ?: path_settle(&to);

	if (error) return error;
	if (from.dir == to.dir && from.len == to.len && text_same(from.path, to.path, to.len)) return 0;
	third.dir = to.dir;
	third.path = third.given;
	third.len = to.len + 5;
	__builtin_memcpy(third.given, to.path, to.len);
	__builtin_memcpy(third.given + to.len, ".swap", 5);
	error = rename_host(&to, &third);
	if (error) return error;
	error = rename_host(&from, &to);
	if (error) rename_host(&third, &to);
	return error ? error : rename_host(&third, &from);
}

/* What Linux looks at before it renames: only where a host would not. */
static long replace_host(unsigned flags)
{
	int plain = !flags && !from.slash && !to.slash;
	long old = plain ? 0 : entry_type(&from), new = flags ? entry_type(&to) : -ENOENT;

	if (is_preopened(&from) || is_preopened(&to)) return -EBUSY;
	if (plain) return rename_host(&from, &to);
	if (path_parent(&from) || path_parent(&to)) return path_parent(&from) ?: path_parent(&to);
	if (old < 0) return old;
	if (flags & RENAME_NOREPLACE && new >= 0) return -EEXIST;
	if (flags & RENAME_EXCHANGE && new < 0) return new;
	if (flags & RENAME_EXCHANGE && to.slash && new != WASI_DIRECTORY) return -ENOTDIR;
	if (old != WASI_DIRECTORY && (from.slash || (to.slash && !(flags & RENAME_EXCHANGE)))) return -ENOTDIR;
	return flags & RENAME_EXCHANGE ? exchange_host() : rename_host(&from, &to);
}

long sys_renameat2(int olddirfd, const char *old, int newdirfd, const char *new, unsigned flags)
{
	long error, busy;

	if (flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE)) return -EINVAL;
	if (flags == (RENAME_NOREPLACE | RENAME_EXCHANGE)) return -EINVAL;
	error = path_resolve_change(olddirfd, old, &from);
	busy = error ? 0 : dots(olddirfd, old, -EBUSY);
	if (busy && busy != -EBUSY) return busy;
	if (!error) error = path_resolve_change(newdirfd, new, &to);
	if (!error && busy && to.kind == PLACE_HOST) error = path_parent(&to);
	if (!error && path_last(new) != PATH_NAME && from.kind == PLACE_HOST) error = path_parent(&from);
	if (!error) error = dots(newdirfd, new, busy ? busy : flags & RENAME_NOREPLACE ? -EEXIST : -EBUSY);
	if (!error) error = busy;
	if (!error && from.kind != to.kind) error = -EXDEV;
	if (error) return error;
	error = to.kind == PLACE_MEMORY ? tmpfs_rename(&from.spot, &to.spot, flags) : replace_host(flags);
	if (!error) path_left(from.given, to.given);
	return error;
}

/* A host's link() follows no link at the end, or not as the system does: so what is
 * to be followed is followed before; the type of what it leads to, or -errno. */
static long link_source(int followed)
{
	struct wasi_filestat stat;
	long error = followed ? path_follow(&from) : 0;

	if (!error) error = wasi_result(wasi_path_filestat_get(from.dir, followed ? WASI_SYMLINK_FOLLOW : 0,
		from.path, from.len, &stat));
	return error ? error : stat.filetype;
}

static long link_host(int followed)
{
	long type = followed ? link_source(1) : WASI_UNKNOWN;

	if (type < 0) return type;
	if (type == WASI_DIRECTORY) return entry_type(&to) >= 0 ? -EEXIST : path_parent(&to) ?: -EPERM;
	if (followed && entry_type(&from) == WASI_SYMBOLIC_LINK) return -EPERM;
	return wasi_result(wasi_path_link(from.dir, 0, from.path, from.len, to.dir, to.path, to.len));
}

long sys_linkat(int olddirfd, const char *old, int newdirfd, const char *new, int flags)
{
	long error;

	if (flags & ~AT_SYMLINK_FOLLOW) return -EINVAL;
	error = path_resolve(olddirfd, old, flags ? PATH_FOLLOW : PATH_LINK, &from);
	if (!error && from.kind == PLACE_MEMORY && !from.spot.node) error = -ENOENT;
	if (error) return error;
	error = resolve_new(newdirfd, new);
	if (error && from.kind == PLACE_HOST) return MIN(link_source(flags || from.slash), 0) ?: error;
	if (error) return error;
	if (from.kind != to.kind) return -EXDEV;
	return to.kind == PLACE_MEMORY ? tmpfs_link(from.spot.node, &to.spot) : link_host(flags || from.slash);
}

long sys_symlinkat(const char *target, int dirfd, const char *path)
{
	static char copy[PATH_MAX];
	long n = memory_string(target, PATH_MAX);
	long error = n < 0 ? n : n == 0 ? -ENOENT : resolve_new(dirfd, path);

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
	const char *text;
	size_t n;

	if (!spot->node) return -ENOENT;
	text = tmpfs_target(spot->node, &n);
	if (!text) return -EINVAL;
	__builtin_memcpy(target, text, n);
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
	long n = path_resolve(dirfd, path, PATH_LINK, &from);

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
