/* What the guest's one tree is made of: preopened directories, memory, devices.
 *
 * A path belongs to the preopened directory with the longest name above it. What
 * no preopened directory covers may be in memory (tmpfs.h): so may what one
 * covers, but does not have. */
#include "fd.h"
#include "mount.h"
#include "text.h"
#include "wasi.h"

#define PREOPEN_MAX 64
#define FIRST_PREOPEN 3

static struct preopen preopens[PREOPEN_MAX];
static int preopen_count;

static const struct device devices[] = {
	{ "/dev/null", PLACE_DEVICE, FILE_NULL },
	{ "/dev/zero", PLACE_DEVICE, FILE_ZERO },
	{ "/dev/full", PLACE_DEVICE, FILE_FULL },
	{ "/dev/random", PLACE_DEVICE, FILE_RANDOM },
	{ "/dev/urandom", PLACE_DEVICE, FILE_RANDOM },
	{ "/dev/stdin", PLACE_FD, 0 },
	{ "/dev/stdout", PLACE_FD, 1 },
	{ "/dev/stderr", PLACE_FD, 2 },
};

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

static void add_preopen(int fd, size_t len)
{
	struct preopen *p = &preopens[preopen_count];
	char name[256];

	if (preopen_count == PREOPEN_MAX || len >= sizeof name - 1) return;
	if (wasi_fd_prestat_dir_name(fd, name, len)) return;
	name[len] = 0;
	p->fd = fd;
	p->len = text_append(p->path, 0, name, 1);
	preopen_count++;
}

/* Finds the preopened directories, once. Not at the start: few programs want to
 * know. */
static void know(void)
{
	static int known;
	struct wasi_prestat stat;

	if (known) return;
	known = 1;
	for (int fd = FIRST_PREOPEN; !wasi_fd_prestat_get(fd, &stat); fd++)
		if (!stat.tag) add_preopen(fd, stat.len);
}

const char *mount_first(void)
{
	know();
	return !preopen_count || longest("") ? "" : preopens[0].path;
}

int mount_is_textual(void)
{
	static const char nothing[] = "\1/..";
	static int textual = -1;
	struct wasi_filestat stat;

	if (textual < 0)
		textual = preopen_count && !wasi_path_filestat_get(preopens[0].fd, 0, nothing,
			sizeof nothing - 1, &stat);
	return textual;
}

/* The i-th place where something is to be found: preopened, or in memory. */
static const char *mount(int i)
{
	return i < preopen_count ? preopens[i].path : tmpfs_root_name(i - preopen_count);
}

const char *mount_name(const char *absolute, int index, size_t *len)
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

/* Whether the preopened directory has what is else in memory: asked once. */
static int has(const struct preopen *p, const char *root)
{
	static const char *asked[4];
	static u8 answers[LENGTH(asked)];
	struct wasi_filestat stat;
	size_t i = 0;

	while (asked[i] && asked[i] != root) i++;
	if (asked[i]) return answers[i];
	asked[i] = root;
	return answers[i] = !wasi_path_filestat_get(p->fd, WASI_SYMLINK_FOLLOW, root + p->len + 1,
		text_length(root) - p->len - 1, &stat) && stat.filetype == WASI_DIRECTORY;
}

struct area mount_area(const char *absolute)
{
	struct area area = { .host = NULL };
	size_t len;

	know();
	area.host = longest(absolute);
	area.root = tmpfs_root(absolute, &area.len);
	if (!area.host) return area;
	len = area.host->len;
	if (area.root && area.len > len && !has(area.host, tmpfs_name(area.root))) area.host = NULL;
	else area = (struct area){ area.host, NULL, len };
	return area;
}

/* Whether the path goes through a device, as if through a directory. */
int mount_passes_device(const char *absolute)
{
	for (const struct device *d = devices; d < devices + LENGTH(devices); d++) {
		size_t n = text_length(d->path);
		if (text_same(absolute, d->path, n) && absolute[n] == '/') return 1;
	}
	return 0;
}

const struct device *mount_device(const char *absolute)
{
	size_t n = text_length(absolute);

	for (const struct device *d = devices; d < devices + LENGTH(devices); d++)
		if (text_length(d->path) == n && text_same(absolute, d->path, n)) return d;
	return NULL;
}

int mount_is_virtual(const char *absolute)
{
	size_t len;

	return !*absolute || mount_name(absolute, 0, &len);
}
