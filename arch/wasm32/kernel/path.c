/* Paths: where a guest's path lies, in preopened directories or in memory.
 *
 * The guest sees one tree. A path goes to what covers it (mount.h), and there to
 * WASI, whose host follows the links on the way. Only ".." is the kernel's own
 * affair: it leads out of what the component before it is, which may be a link,
 * and not every host looks. In memory the links are the kernel's, too. */
#include "host.h"
#include "memory.h"
#include "path.h"
#include "syscalls.h"
#include "text.h"

#define LINKS_MAX 40

/* The current directory: its name without links, "" for the root; not known to be
 * anywhere after it was removed. */
static char cwd[PATH_MAX];
static size_t cwd_len;
static u8 cwd_known, cwd_removed;

static void begin(void)
{
	const char *first;

	if (cwd_known) return;
	cwd_known = 1;
	first = mount_first();
	cwd_len = text_length(first);
	__builtin_memcpy(cwd, first, cwd_len + 1);
}

/* Puts a link's target in the place of the component that begins with the slash at
 * from and ends at to; -ENAMETOOLONG if that is too long. */
static long substitute(char *given, size_t from, size_t to, const char *target, size_t size)
{
	static char text[2 * PATH_MAX], copy[PATH_MAX + 1];
	size_t rest = text_length(given + to), n = *target == '/' ? 0 : from;

	if (size > PATH_MAX || n + size + rest + 2 > PATH_MAX) return -ENAMETOOLONG;
	__builtin_memcpy(copy, target, size);
	copy[size] = 0;
	__builtin_memcpy(text, given, n);
	n = text_append(text, n, copy, 0);
	__builtin_memcpy(text + n, given + to, rest + 1);
	__builtin_memcpy(given, text, n + rest + 1);
	return 0;
}

/* The link's target takes the link's place in given, at is where its name ends: 1;
 * 0 for a directory; or -errno. */
static long look_host(struct preopen *p, char *given, size_t at)
{
	static char target[PATH_MAX];
	const char *path = given + p->len + 1;
	size_t n = at - p->len - 1, from = at;
	struct wasi_filestat stat;
	long error;

	if (at == p->len) return 0;
	error = wasi_result(wasi_path_filestat_get(p->fd, 0, path, n, &stat));
	if (error || stat.filetype == WASI_DIRECTORY) return error;
	if (stat.filetype != WASI_SYMBOLIC_LINK) return -ENOTDIR;
	error = wasi_result(wasi_path_readlink(p->fd, path, n, target, PATH_MAX, &n));
	while (given[--from] != '/');
	return error ? error : substitute(given, from, at, target, n) ?: 1;
}

static long redirect(char *given, const struct spot *spot)
{
	size_t size, from = spot->name - given - 1;
	const char *target = tmpfs_target(spot->node, &size);

	return substitute(given, from, from + 1 + spot->len, target, size);
}

static long look_memory(const struct area *a, char *given, size_t at)
{
	char after = given[at];
	struct spot spot;
	long error;

	given[at] = 0;
	error = tmpfs_walk(a->root, given + a->len, PATH_FOLLOW, &spot);
	given[at] = after;
	if (error) return error;
	if (spot.rest) return redirect(given, &spot) ?: 1;
	return !spot.node ? -ENOENT : tmpfs_is_directory(spot.node) ? 0 : -ENOTDIR;
}

static long look(char *given, size_t at)
{
	char after = given[at];
	struct area a;
	long error = 0;

	given[at] = 0;
	a = mount_area(given);
	if (mount_device(given) || mount_passes_device(given)) error = -ENOTDIR;
	else if (!a.host && !a.root && !mount_is_virtual(given)) error = -ENOENT;
	given[at] = after;
	if (error) return error;
	return a.host ? look_host(a.host, given, at) : a.root ? look_memory(&a, given, at) : 0;
}

/* Where the slash before the first ".." is; the length if there is none. */
static size_t first_dotdot(const char *given)
{
	size_t at = 0, n;

	for (; given[at]; at += 1 + n) {
		n = text_component(given + at + 1);
		if (text_is_dotdot(given + at + 1, n)) break;
	}
	return at;
}

/* Takes each ".." out of given, with the directory before it: a link there is
 * followed first. The first trusted bytes name a directory without links. */
static long untangle(char *given, size_t trusted)
{
	for (int links = 0; links <= LINKS_MAX; ) {
		size_t at = first_dotdot(given), from = at;
		long linked = at > trusted && given[at] ? look(given, at) : 0;
		if (!given[at] && !linked) return 0;
		if (linked < 0) return linked;
		links += linked;
		if (linked) continue;
		while (from && given[--from] != '/');
		trusted = MIN(trusted, from);
		__builtin_memmove(given + from, given + at + 3, text_length(given + at + 3) + 1);
	}
	return -ELOOP;
}

/* /dev/fd/N and /proc/self/fd/N, by which musl names its own fds. */
static int find_fd(struct place *place)
{
	const char *s = place->given;
	int fd = 0;

	if (text_same(s, "/dev/fd/", 8)) s += 8;
	else if (text_same(s, "/proc/self/fd/", 14)) s += 14;
	else return 0;
	if (!*s) return 0;
	for (; *s; s++) {
		if (*s < '0' || *s > '9' || fd > OPEN_MAX) return 0;
		fd = fd * 10 + *s - '0';
	}
	place->kind = PLACE_FD;
	place->number = fd;
	return 1;
}

static int find_device(struct place *place)
{
	const struct device *device = mount_device(place->given);

	if (!device) return find_fd(place);
	place->kind = device->kind;
	place->number = device->number;
	return 1;
}

static void set_host(struct place *place, int dir, u64 *inheriting, const char *path)
{
	while (*path == '/') path++;
	place->kind = PLACE_HOST;
	place->dir = dir;
	place->inheriting = inheriting;
	place->path = *path ? path : ".";
	place->len = text_length(place->path);
}

static long locate_virtual(struct place *place)
{
	place->kind = PLACE_VIRTUAL;
	if (mount_is_virtual(place->given)) return 0;
	return mount_passes_device(place->given) ? -ENOTDIR : -ENOENT;
}

long path_new(struct place *place, long error)
{
	size_t n = text_length(place->given);

	if (error != -ENOENT || place->kind != PLACE_VIRTUAL) return error;
	while (place->given[--n] != '/');
	place->given[n] = 0;
	return mount_is_virtual(place->given) ? -EROFS : error;
}

/* Keeps the slash that says: a directory. */
static void keep_slash(struct place *place)
{
	size_t n = text_length(place->given);

	if (!place->slash || !n) return;
	place->given[n] = '/';
	place->given[n + 1] = 0;
}

static long locate(struct place *place, int how)
{
	struct area a = mount_area(place->given);

	if (find_device(place)) return place->slash && how != PATH_ENTRY ? -ENOTDIR : 0;
	if (!a.host || how != PATH_ENTRY) keep_slash(place);
	if (a.host) {
		set_host(place, a.host->fd, &a.host->inheriting, place->given + a.len);
		return 0;
	}
	if (!a.root) return locate_virtual(place);
	place->kind = PLACE_MEMORY;
	return tmpfs_walk(a.root, place->given + a.len, how, &place->spot);
}

static int ends_in_slash(const char *path, size_t n)
{
	return path[n - 1] == '/' || (path[n - 1] == '.' && (n == 1 || path[n - 2] == '/'
		|| (path[n - 2] == '.' && (n == 2 || path[n - 3] == '/'))));
}

int path_last(const char *path)
{
	size_t n = text_length(path);

	while (n && path[n - 1] == '/') n--;
	if (!n || path[n - 1] != '.' || !ends_in_slash(path, n)) return PATH_NAME;
	return n == 1 || path[n - 2] == '/' ? PATH_DOT : PATH_DOTDOT;
}

/* Locates a joined path, through the links that are in memory. */
static long trace(struct place *place, size_t trusted, int how)
{
	for (int links = 0; links <= LINKS_MAX; links++) {
		struct spot *spot = &place->spot;
		size_t size;
		long error = untangle(place->given, trusted);
		if (!error) error = locate(place, how);
		if (error || place->kind != PLACE_MEMORY || !spot->rest) return error;
		if (!*spot->rest && tmpfs_target(spot->node, &size)[size - 1] == '/') place->slash = 1;
		error = redirect(place->given, spot);
		if (error) return error;
		size = text_length(place->given);
		if (size && place->given[size - 1] == '/') place->given[size - 1] = 0;
		trusted = 0;
	}
	return -ELOOP;
}

/* Reads the link that a host's place is; 0 if it is none, or if the host may say
 * what it thinks of it. */
static size_t read_link(const struct place *place, char target[PATH_MAX])
{
	size_t n;

	if (wasi_path_readlink(place->dir, place->path, place->len, target, PATH_MAX, &n)) return 0;
	return *target == '/' ? 0 : n;
}

long path_follow(struct place *place)
{
	static char target[PATH_MAX], given[2 * PATH_MAX];
	struct area before = mount_area(place->given);
	size_t size, n, at;

	for (int links = 0; (size = read_link(place, target)); links++) {
		long error;
		struct area now;
		if (links == LINKS_MAX) return -ELOOP;
		at = text_length(place->given);
		if (at && place->given[at - 1] == '/') return 0;
		__builtin_memcpy(given, place->given, at + 1);
		for (n = at; given[n - 1] != '/'; n--);
		error = substitute(given, n - 1, at, target, size);
		if (!error) error = untangle(given, 0);
		if (error) return error;
		now = mount_area(given);
		if (now.host != before.host) return 0;
		__builtin_memcpy(place->given, given, text_length(given) + 1);
		set_host(place, now.host->fd, &now.host->inheriting, place->given + now.len);
	}
	return 0;
}

long path_parent(const struct place *place)
{
	struct wasi_filestat stat;
	size_t n = place->len;
	long error;

	while (n && place->path[n - 1] != '/') n--;
	if (!n) return 0;
	error = wasi_result(wasi_path_filestat_get(place->dir, WASI_SYMLINK_FOLLOW, place->path, n - 1, &stat));
	return error ? error : stat.filetype == WASI_DIRECTORY ? 0 : -ENOTDIR;
}

int path_inheriting(const struct place *place)
{
	struct wasi_fdstat stat;
	int error = *place->inheriting ? 0 : wasi_fd_fdstat_get(place->dir, &stat);

	if (!error && !*place->inheriting) *place->inheriting = stat.inheriting;
	return error;
}

/* Relative to an open directory of the host's, where it may have been moved. */
static int is_below(const struct place *place, const struct file *file, size_t base)
{
	return file && file->kind == FILE_HOST && !place->given[first_dotdot(place->given + base) + base]
		&& mount_area(place->given).len <= base && !mount_device(place->given);
}

static long resolve(struct file *file, const char *path, int how, struct place *place)
{
	const char *from = *path == '/' ? "" : file ? file->path : cwd;
	size_t base = text_append(place->given, 0, from, 0);

	text_append(place->given, base, path, 0);
	if (!is_below(place, file, base)) return trace(place, from == cwd ? base : 0, how);
	if (how != PATH_ENTRY) keep_slash(place);
	set_host(place, file->host, &file->inheriting, place->given + base);
	return 0;
}

long path_resolve(int dirfd, const char *path, int how, struct place *place)
{
	long error, n = memory_string(path, PATH_MAX);
	struct file *file = NULL;

	begin();
	place->kind = PLACE_HOST;
	place->slash = 0;
	if (n < 0) return n;
	if (!n) return -ENOENT;
	place->slash = ends_in_slash(path, n);
	if (*path != '/' && dirfd != AT_FDCWD) {
		file = fd_file(dirfd);
		if (!file) return -EBADF;
		if (file_type(file) != WASI_DIRECTORY) return -ENOTDIR;
	}
	error = resolve(file, path, how, place);
	if (error || how != PATH_FOLLOW || place->kind != PLACE_HOST || !mount_is_textual()) return error;
	return path_follow(place);
}

long path_resolve_change(int dirfd, const char *path, struct place *place)
{
	long error = path_resolve(dirfd, path, PATH_ENTRY, place);

	if (error || place->kind == PLACE_MEMORY) return path_new(place, error);
	return place->kind == PLACE_HOST ? 0 : -EROFS;
}

long sys_getcwd(char *buf, size_t size)
{
	size_t n;

	begin();
	if (cwd_removed) return -ENOENT;
	n = cwd_len ? cwd_len + 1 : 2;
	if (size < n) return -ERANGE;
	if (!memory_valid(buf, n)) return -EFAULT;
	__builtin_memcpy(buf, cwd_len ? cwd : "/", n);
	return n;
}

/* If name[..len], below a preopened directory, is a link that leads on inside:
 * its target and rest become the text. 1 if so, 0 if not, or -errno. */
static long expand(struct preopen *p, const char *name, size_t len, const char *rest, char *text)
{
	static char target[2 * PATH_MAX];
	size_t n, more = text_length(rest), at = p->len + 1;

	if (wasi_path_readlink(p->fd, name + at, len - at, target, PATH_MAX, &n)) return 0;
	if (!n || *target == '/') return 0;
	if (n + more + 2 > PATH_MAX) return -ENAMETOOLONG;
	target[n] = '/';
	__builtin_memcpy(target + n + 1, rest, more + 1);
	__builtin_memcpy(text, target, n + more + 2);
	return 1;
}

static size_t parent_length(const char *name, size_t len, size_t least)
{
	while (len > least && name[--len] != '/');
	return len;
}

/* name begins as the preopened directory's, and takes the components of text. */
static long canonical_host(struct preopen *p, char *text, char *name)
{
	size_t len = p->len, n;
	char *rest = text;

	for (int links = 0; ; rest += n) {
		long linked;
		while (*rest == '/') rest++;
		n = text_component(rest);
		if (!n) break;
		if (text_is_dotdot(rest, n)) {
			len = parent_length(name, len, p->len);
			continue;
		}
		if (len + n + 2 > PATH_MAX) return -ENAMETOOLONG;
		name[len] = '/';
		__builtin_memcpy(name + len + 1, rest, n);
		linked = expand(p, name, len + 1 + n, rest + n, text);
		if (linked < 0) return linked;
		if (linked && ++links > LINKS_MAX) return -ELOOP;
		if (linked) rest = text, n = 0;
		else len += 1 + n;
	}
	name[len] = 0;
	return len;
}

long path_canonical(const char *given, char name[PATH_MAX])
{
	static struct place place;
	static char rest[2 * PATH_MAX];
	struct area a;
	long error;

	begin();
	place.slash = 0;
	text_append(place.given, 0, given, 0);
	error = trace(&place, 0, PATH_FOLLOW);
	if (error && error != -ENOENT) return error;
	a = mount_area(place.given);
	if (text_length(place.given) >= PATH_MAX) return -ENAMETOOLONG;
	if (!a.host) {
		__builtin_memcpy(name, place.given, text_length(place.given) + 1);
		return text_length(name);
	}
	__builtin_memcpy(name, a.host->path, a.len + 1);
	__builtin_memcpy(rest, place.given + a.len, text_length(place.given + a.len) + 1);
	return canonical_host(a.host, rest, name);
}

long path_settle(struct place *place)
{
	static char name[PATH_MAX], last[NAME_MAX + 2];
	size_t at = text_length(place->given);
	struct area a;
	long n;

	while (place->given[--at] != '/');
	if (text_length(place->given + at) > NAME_MAX + 1) return -ENAMETOOLONG;
	__builtin_memcpy(last, place->given + at, text_length(place->given + at) + 1);
	place->given[at] = 0;
	n = path_canonical(place->given, name);
	if (n < 0) return n;
	text_append(place->given, text_append(place->given, 0, name, 0), last, 0);
	a = mount_area(place->given);
	if (a.host) set_host(place, a.host->fd, &a.host->inheriting, place->given + a.len);
	return 0;
}

void path_enter(const char *name, size_t n)
{
	__builtin_memcpy(cwd, name, n);
	cwd[n] = 0;
	cwd_len = n;
	cwd_removed = 0;
}

void path_left(const char *given, const char *to)
{
	static char moved[2 * PATH_MAX];
	size_t n = text_length(given), rest;

	while (n && given[n - 1] == '/') n--;
	if (!n || !text_same(cwd, given, n) || (cwd[n] && cwd[n] != '/')) return;
	cwd_removed = !to;
	if (!to) return;
	rest = cwd_len - n;
	n = text_append(moved, 0, to, 0);
	if (n + rest >= PATH_MAX) return;
	__builtin_memcpy(moved + n, cwd + cwd_len - rest, rest + 1);
	path_enter(moved, n + rest);
}

static long change(const char *given)
{
	static char name[PATH_MAX];
	long n = path_canonical(given, name);

	if (n < 0) return n;
	path_enter(name, n);
	return 0;
}

long sys_chdir(const char *path)
{
	static struct place place;
	struct wasi_filestat stat;
	long error = path_resolve(AT_FDCWD, path, PATH_FOLLOW, &place);

	if (error) return error;
	if (place.kind == PLACE_MEMORY && !place.spot.node) return -ENOENT;
	if (place.kind == PLACE_VIRTUAL
	    || (place.kind == PLACE_MEMORY && tmpfs_is_directory(place.spot.node))) return change(place.given);
	if (place.kind != PLACE_HOST) return -ENOTDIR;
	error = wasi_result(wasi_path_filestat_get(place.dir, WASI_SYMLINK_FOLLOW,
		place.path, place.len, &stat));
	if (error) return error;
	return stat.filetype == WASI_DIRECTORY ? change(place.given) : -ENOTDIR;
}

long sys_fchdir(int fd)
{
	struct file *file = fd_file(fd);

	if (!file) return -EBADF;
	return file_type(file) == WASI_DIRECTORY ? change(file->path) : -ENOTDIR;
}
