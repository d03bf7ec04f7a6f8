/* Paths: where a guest's path lies, in preopened directories or in memory.
 *
 * The guest sees one tree. A path goes to the preopened directory with the
 * longest name above it; what is left is passed to WASI as it is, ".." and
 * all, since only the host knows what is a link. Only where ".." would leave
 * the preopened directory it is taken out by name. What no preopened directory
 * covers may be in memory (tmpfs.h), where the links are the kernel's own. */
#include "host.h"
#include "memory.h"
#include "path.h"
#include "syscalls.h"
#include "text.h"
#include "wasi.h"

#define PREOPEN_MAX 64
#define FIRST_PREOPEN 3
#define LINKS_MAX 40

static struct preopen {
	int fd;
	size_t len;
	u64 inheriting; /* the rights that it passes on, 0 before they were asked for */
	char path[256]; /* absolute; "" for the root */
} preopens[PREOPEN_MAX];
static int preopen_count;

static const struct device {
	const char *path;
	int kind, number;
} devices[] = {
	{ "/dev/null", PLACE_DEVICE, FILE_NULL },
	{ "/dev/zero", PLACE_DEVICE, FILE_ZERO },
	{ "/dev/full", PLACE_DEVICE, FILE_FULL },
	{ "/dev/random", PLACE_DEVICE, FILE_RANDOM },
	{ "/dev/urandom", PLACE_DEVICE, FILE_RANDOM },
	{ "/dev/stdin", PLACE_FD, 0 },
	{ "/dev/stdout", PLACE_FD, 1 },
	{ "/dev/stderr", PLACE_FD, 2 },
};

static char cwd[PATH_MAX];
static size_t cwd_len;

static int is_dotdot(const char *s, size_t n)
{
	return n == 2 && s[0] == '.' && s[1] == '.';
}

/* Appends the components of path to out, each after a slash; "." is left out,
 * and ".." takes the last component away if collapse. Returns the new length. */
static size_t append(char *out, size_t len, const char *path, int collapse)
{
	for (size_t n; *path; path += n + (path[n] == '/')) {
		n = text_component(path);
		if (!n || (n == 1 && *path == '.')) continue;
		if (collapse && is_dotdot(path, n)) {
			while (len && out[--len] != '/');
			continue;
		}
		out[len++] = '/';
		__builtin_memcpy(out + len, path, n);
		len += n;
	}
	out[len] = 0;
	return len;
}

/* Whether ".." in path leads above where it begins. */
static int escapes(const char *path)
{
	int depth = 0;

	for (size_t n; *path; path += n + (path[n] == '/')) {
		n = text_component(path);
		if (!n || (n == 1 && *path == '.')) continue;
		depth += is_dotdot(path, n) ? -1 : 1;
		if (depth < 0) return 1;
	}
	return 0;
}

static int below(const char *path, const char *dir, size_t len)
{
	return text_same(path, dir, len) && (!path[len] || path[len] == '/');
}

static struct preopen *longest(const char *absolute)
{
	struct preopen *best = NULL;

	for (struct preopen *p = preopens; p < preopens + preopen_count; p++)
		if (below(absolute, p->path, p->len) && (!best || p->len >= best->len)) best = p;
	return best;
}

/* The i-th place where something is to be found: preopened, or in memory. */
static const char *mount(int i)
{
	return i < preopen_count ? preopens[i].path : tmpfs_root_name(i - preopen_count);
}

const char *path_virtual_name(const char *absolute, int index, size_t *len)
{
	size_t n = text_length(absolute);
	const char *path;

	for (int i = 0; (path = mount(i)); i++) {
		if (!below(path, absolute, n) || path[n] != '/' || index--) continue;
		*len = text_component(path + n + 1);
		return path + n + 1;
	}
	return NULL;
}

/* What covers an absolute path. */
struct area {
	struct preopen *host;
	struct node *root;
	size_t len; /* of its own name */
};

static struct area area(const char *absolute)
{
	struct area area = { .host = longest(absolute) };

	if (area.host) area.len = area.host->len;
	else area.root = tmpfs_root(absolute, &area.len);
	return area;
}

/* Whether the path goes through a device, as if through a directory. */
static int passes_device(const char *absolute)
{
	for (const struct device *d = devices; d < devices + LENGTH(devices); d++) {
		size_t n = text_length(d->path);
		if (text_same(absolute, d->path, n) && absolute[n] == '/') return 1;
	}
	return 0;
}

static int find_device(struct place *place)
{
	size_t n = text_length(place->absolute);

	for (const struct device *d = devices; d < devices + LENGTH(devices); d++) {
		if (text_length(d->path) != n || !text_same(place->absolute, d->path, n)) continue;
		place->kind = d->kind;
		place->number = d->number;
		return 1;
	}
	return 0;
}

/* /dev/fd/N and /proc/self/fd/N, by which musl names its own fds. */
static int find_fd(struct place *place)
{
	const char *s = place->absolute;
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

static void set_host(struct place *place, int dir, u64 *inheriting, const char *path)
{
	while (*path == '/') path++;
	place->kind = PLACE_HOST;
	place->dir = dir;
	place->inheriting = inheriting;
	place->path = *path ? path : ".";
	place->len = text_length(place->path);
}

/* Keeps the slash that says: a directory. */
static void keep_slash(struct place *place, int slash)
{
	size_t n = text_length(place->given);

	if (!slash || !n) return;
	place->given[n] = '/';
	place->given[n + 1] = 0;
}

static int is_virtual(const char *absolute)
{
	size_t len;

	return !*absolute || path_virtual_name(absolute, 0, &len);
}

static long locate_virtual(struct place *place)
{
	place->kind = PLACE_VIRTUAL;
	if (is_virtual(place->absolute)) return 0;
	return passes_device(place->absolute) ? -ENOTDIR : -ENOENT;
}

long path_new(struct place *place, long error)
{
	size_t n = text_length(place->absolute);

	if (error != -ENOENT || place->kind != PLACE_VIRTUAL) return error;
	while (place->absolute[--n] != '/');
	place->absolute[n] = 0;
	return is_virtual(place->absolute) ? -EROFS : error;
}

static long locate(struct place *place, int slash, int follow)
{
	struct area a = area(place->given), b = area(place->absolute);

	if (find_device(place) || find_fd(place)) return slash ? -ENOTDIR : 0;
	if (a.host != b.host || a.root != b.root || escapes(place->given + a.len)) {
		a = b;
		__builtin_memcpy(place->given, place->absolute, text_length(place->absolute) + 1);
	}
	keep_slash(place, slash);
	if (a.host) {
		set_host(place, a.host->fd, &a.host->inheriting, place->given + a.len);
		return 0;
	}
	if (!a.root) return locate_virtual(place);
	place->kind = PLACE_MEMORY;
	return tmpfs_walk(a.root, place->given + a.len, follow, &place->spot);
}

static int ends_in_slash(const char *path, size_t n)
{
	return path[n - 1] == '/' || (n > 1 && path[n - 1] == '.' && path[n - 2] == '/');
}

int path_ends_in_dot(const char *path)
{
	size_t n = text_length(path);

	while (n && path[n - 1] == '/') n--;
	return n && path[n - 1] == '.' && (n == 1 || path[n - 2] == '/');
}

/* Returns how long the base is in place->given. */
static size_t join(struct place *place, const char *base, const char *path)
{
	size_t len = append(place->given, 0, base, 0), n = append(place->absolute, 0, base, 1);

	append(place->given, len, path, 0);
	append(place->absolute, n, path, 1);
	return len;
}

/* Puts a link's target in its place: place is the link's, in memory. */
static long redirect(struct place *place, int *slash)
{
	static char path[2 * PATH_MAX];
	struct spot *spot = &place->spot;
	size_t size, n = 0, before = spot->rest - place->given;
	const char *target = tmpfs_target(spot->node, &size);

	if (*target != '/') {
		while (before && place->given[before - 1] == '/') before--;
		while (before && place->given[before - 1] != '/') before--;
		__builtin_memcpy(path, place->given, n = before);
	}
	if (n + size + text_length(spot->rest) + 2 > PATH_MAX) return -ENAMETOOLONG;
	__builtin_memcpy(path + n, target, size);
	path[n += size] = '/';
	__builtin_memcpy(path + n + 1, spot->rest, text_length(spot->rest) + 1);
	n += 1 + text_length(spot->rest);
	if (!*spot->rest && !*slash && target[size - 1] != '/') path[--n] = 0;
	*slash = ends_in_slash(path, n);
	join(place, "", path);
	return 0;
}

/* Locates a joined path, through the links that are in memory. */
static long trace(struct place *place, int slash, int follow)
{
	for (int links = 0; links <= LINKS_MAX; links++) {
		long error = locate(place, slash, follow);
		if (error || place->kind != PLACE_MEMORY || !place->spot.rest) return error;
		error = redirect(place, &slash);
		if (error) return error;
	}
	return -ELOOP;
}

int path_inheriting(const struct place *place)
{
	struct wasi_fdstat stat;
	int error = *place->inheriting ? 0 : wasi_fd_fdstat_get(place->dir, &stat);

	if (!error && !*place->inheriting) *place->inheriting = stat.inheriting;
	return error;
}

static void add_preopen(int fd, size_t len)
{
	struct preopen *p = &preopens[preopen_count];
	char name[256];

	if (preopen_count == PREOPEN_MAX || len >= sizeof name - 1) return;
	if (wasi_fd_prestat_dir_name(fd, name, len)) return;
	name[len] = 0;
	p->fd = fd;
	p->len = append(p->path, 0, name, 1);
	preopen_count++;
}

/* Finds the preopened directories, once; the first one is current if / is not
 * one. Not at the start: few programs want to know. */
static void know(void)
{
	static int known;
	struct wasi_prestat stat;

	if (known) return;
	known = 1;
	for (int fd = FIRST_PREOPEN; !wasi_fd_prestat_get(fd, &stat); fd++)
		if (!stat.tag) add_preopen(fd, stat.len);
	if (!preopen_count || longest("")) return;
	cwd_len = preopens[0].len;
	__builtin_memcpy(cwd, preopens[0].path, cwd_len + 1);
}

long path_resolve(int dirfd, const char *path, int follow, struct place *place)
{
	long n = memory_string(path, PATH_MAX);
	struct file *file = NULL;
	size_t base;
	int slash;

	know();
	place->kind = PLACE_HOST;
	if (n < 0) return n;
	if (!n) return -ENOENT;
	slash = ends_in_slash(path, n);
	if (*path != '/' && dirfd != AT_FDCWD) {
		file = fd_file(dirfd);
		if (!file) return -EBADF;
		if (file_type(file) != WASI_DIRECTORY) return -ENOTDIR;
	}
	base = join(place, *path == '/' ? "" : file ? file->path : cwd, path);
	if (!file || file->kind != FILE_HOST || escapes(path)) return trace(place, slash, follow);
	keep_slash(place, slash);
	set_host(place, file->host, &file->inheriting, place->given + base);
	return 0;
}

long path_resolve_change(int dirfd, const char *path, int follow, struct place *place)
{
	long error = path_resolve(dirfd, path, follow, place);

	if (error || place->kind == PLACE_MEMORY) return path_new(place, error);
	if (place->kind != PLACE_HOST) return -EROFS;
	if (place->len > 1 && place->path[place->len - 1] == '/') place->len--;
	return 0;
}

long sys_getcwd(char *buf, size_t size)
{
	size_t n;

	know();
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
		if (is_dotdot(rest, n)) {
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

	know();
	join(&place, "", given);
	error = trace(&place, 0, 1);
	if (error && error != -ENOENT) return error;
	a = area(place.given);
	if (text_length(place.absolute) >= PATH_MAX) return -ENAMETOOLONG;
	if (!a.host) {
		__builtin_memcpy(name, place.absolute, text_length(place.absolute) + 1);
		return text_length(name);
	}
	__builtin_memcpy(name, a.host->path, a.len + 1);
	__builtin_memcpy(rest, place.given + a.len, text_length(place.given + a.len) + 1);
	return canonical_host(a.host, rest, name);
}

static long change(const char *given)
{
	static char name[PATH_MAX];
	long n = path_canonical(given, name);

	if (n < 0) return n;
	__builtin_memcpy(cwd, name, n + 1);
	cwd_len = n;
	return 0;
}

long sys_chdir(const char *path)
{
	static struct place place;
	struct wasi_filestat stat;
	long error = path_resolve(AT_FDCWD, path, 1, &place);

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
