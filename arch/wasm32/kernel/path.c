/* Paths: where a guest's path lies among the preopened directories.
 *
 * The guest sees one tree. A path goes to the preopened directory with the
 * longest name above it; what is left is passed to WASI as it is, ".." and
 * all, since only the host knows what is a link. Only where ".." would leave
 * the preopened directory it is taken out by name. */
#include "fd.h"
#include "memory.h"
#include "path.h"
#include "syscalls.h"
#include "wasi.h"

#define PREOPEN_MAX 64
#define FIRST_PREOPEN 3

static struct preopen {
	int fd;
	size_t len;
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

static size_t length(const char *s)
{
	size_t n = 0;

	while (s[n]) n++;
	return n;
}

static int same(const char *a, const char *b, size_t n)
{
	while (n && *a == *b) a++, b++, n--;
	return !n;
}

static size_t component(const char *s)
{
	size_t n = 0;

	while (s[n] && s[n] != '/') n++;
	return n;
}

static int is_dotdot(const char *s, size_t n)
{
	return n == 2 && s[0] == '.' && s[1] == '.';
}

/* Appends the components of path to out, each after a slash; "." is left out,
 * and ".." takes the last component away if collapse. Returns the new length. */
static size_t append(char *out, size_t len, const char *path, int collapse)
{
	for (size_t n; *path; path += n + (path[n] == '/')) {
		n = component(path);
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
		n = component(path);
		if (!n || (n == 1 && *path == '.')) continue;
		depth += is_dotdot(path, n) ? -1 : 1;
		if (depth < 0) return 1;
	}
	return 0;
}

static int below(const char *path, const char *dir, size_t len)
{
	return same(path, dir, len) && (!path[len] || path[len] == '/');
}

static struct preopen *longest(const char *absolute)
{
	struct preopen *best = NULL;

	for (struct preopen *p = preopens; p < preopens + preopen_count; p++)
		if (below(absolute, p->path, p->len) && (!best || p->len >= best->len)) best = p;
	return best;
}

const char *path_virtual_name(const char *absolute, int index, size_t *len)
{
	size_t n = length(absolute);

	for (int i = 0; i < preopen_count; i++) {
		const char *path = preopens[i].path;
		if (!below(path, absolute, n) || path[n] != '/' || index--) continue;
		*len = component(path + n + 1);
		return path + n + 1;
	}
	return NULL;
}

static int find_device(struct place *place)
{
	size_t n = length(place->absolute);

	for (const struct device *d = devices; d < devices + LENGTH(devices); d++) {
		if (length(d->path) != n || !same(place->absolute, d->path, n)) continue;
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

	if (same(s, "/dev/fd/", 8)) s += 8;
	else if (same(s, "/proc/self/fd/", 14)) s += 14;
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

static void set_host(struct place *place, int dir, const char *path)
{
	while (*path == '/') path++;
	place->kind = PLACE_HOST;
	place->dir = dir;
	place->path = *path ? path : ".";
	place->len = length(place->path);
}

/* Keeps the slash that says: a directory. */
static void keep_slash(struct place *place, int slash)
{
	size_t n = length(place->given);

	if (!slash || !n) return;
	place->given[n] = '/';
	place->given[n + 1] = 0;
}

static long locate(struct place *place, int slash)
{
	struct preopen *p = longest(place->given);
	size_t len;

	if (find_device(place) || find_fd(place)) return slash ? -ENOTDIR : 0;
	if (p != longest(place->absolute) || (p && escapes(place->given + p->len))) {
		p = longest(place->absolute);
		__builtin_memcpy(place->given, place->absolute, length(place->absolute) + 1);
	}
	keep_slash(place, slash);
	if (p) {
		set_host(place, p->fd, place->given + p->len);
		return 0;
	}
	place->kind = PLACE_VIRTUAL;
	if (!*place->absolute || path_virtual_name(place->absolute, 0, &len)) return 0;
	return -ENOENT;
}

static int ends_in_slash(const char *path, size_t n)
{
	return path[n - 1] == '/' || (n > 1 && path[n - 1] == '.' && path[n - 2] == '/');
}

static void join(struct place *place, const char *base, const char *path)
{
	size_t n = append(place->given, 0, base, 0);

	append(place->given, n, path, 0);
	n = append(place->absolute, 0, base, 1);
	append(place->absolute, n, path, 1);
}

long path_resolve(int dirfd, const char *path, struct place *place)
{
	long n = memory_string(path, PATH_MAX);
	struct file *file = NULL;
	int slash;

	if (n < 0) return n;
	if (!n) return -ENOENT;
	slash = ends_in_slash(path, n);
	if (*path != '/' && dirfd != AT_FDCWD) {
		file = fd_file(dirfd);
		if (!file) return -EBADF;
		if (!file->path) return -ENOTDIR;
	}
	join(place, *path == '/' ? "" : file ? file->path : cwd, path);
	if (!file || file->kind != FILE_HOST || escapes(path)) return locate(place, slash);
	append(place->given, 0, path, 0);
	keep_slash(place, slash);
	set_host(place, file->host, place->given);
	return 0;
}

long path_resolve_host(int dirfd, const char *path, struct place *place)
{
	long error = path_resolve(dirfd, path, place);

	if (error) return error;
	if (place->kind != PLACE_HOST) return -EROFS;
	if (place->len > 1 && place->path[place->len - 1] == '/') place->len--;
	return 0;
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

void path_initialize(void)
{
	struct wasi_prestat stat;

	for (int fd = FIRST_PREOPEN; !wasi_fd_prestat_get(fd, &stat); fd++)
		if (!stat.tag) add_preopen(fd, stat.len);
	if (!preopen_count || longest("")) return;
	cwd_len = preopens[0].len;
	__builtin_memcpy(cwd, preopens[0].path, cwd_len + 1);
}

long sys_getcwd(char *buf, size_t size)
{
	size_t n = cwd_len ? cwd_len + 1 : 2;

	if (size < n) return -ERANGE;
	if (!memory_valid(buf, n)) return -EFAULT;
	__builtin_memcpy(buf, cwd_len ? cwd : "/", n);
	return n;
}

static long change(const char *absolute)
{
	size_t n = length(absolute);

	if (n >= PATH_MAX) return -ENAMETOOLONG;
	__builtin_memcpy(cwd, absolute, n + 1);
	cwd_len = n;
	return 0;
}

long sys_chdir(const char *path)
{
	static struct place place;
	struct wasi_filestat stat;
	long error = path_resolve(AT_FDCWD, path, &place);

	if (error) return error;
	if (place.kind == PLACE_VIRTUAL) return change(place.absolute);
	if (place.kind != PLACE_HOST) return -ENOTDIR;
	error = wasi_result(wasi_path_filestat_get(place.dir, WASI_SYMLINK_FOLLOW,
		place.path, place.len, &stat));
	if (error) return error;
	return stat.filetype == WASI_DIRECTORY ? change(place.absolute) : -ENOTDIR;
}

long sys_fchdir(int fd)
{
	struct file *file = fd_file(fd);

	if (!file) return -EBADF;
	return file->path ? change(file->path) : -ENOTDIR;
}
