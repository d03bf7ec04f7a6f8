/* Files in the kernel's own memory: /tmp and /dev/shm, where no preopened
 * directory gives them.
 *
 * A node's bytes are one block: what a file holds, where a link points, a
 * directory's entries. Past its size the block is zero, unless the guest has
 * mapped it. A mapped block stays where it is. */
#include "memory.h"
#include "process.h"
#include "text.h"
#include "time.h"
#include "tmpfs.h"
#include "wasi.h"

#define SIZE_LIMIT 0x7fffffff

struct node {
	u16 links, opens;
	mode_t mode;
	u8 mapped, was_mapped;
	u64 ino, times[3]; /* accessed, modified, changed */
	size_t size, granules;
	u8 *data;
	struct pipe *pipe; /* a FIFO's, while it is open */
	struct node *parent, *next; /* a directory's; a free or a mapped node's */
};

struct entry {
	struct node *node;
	size_t len;
	char name[NAME_MAX + 1];
};

static struct {
	const char *path;
	struct node node;
} roots[] = {
	{ "/tmp", { .links = 1, .mode = S_IFDIR | 01777, .ino = 1 } },
	{ "/dev/shm", { .links = 1, .mode = S_IFDIR | 01777, .ino = 2 } },
};

static struct node *free_nodes, *mapped_nodes;
static u64 last_ino = LENGTH(roots);

struct node *tmpfs_root(const char *absolute, size_t *len)
{
	for (size_t i = 0; i < LENGTH(roots); i++) {
		const char *path = roots[i].path;
		for (*len = 0; path[*len] && path[*len] == absolute[*len]; ++*len);
		if (!path[*len] && (!absolute[*len] || absolute[*len] == '/')) return &roots[i].node;
	}
	return NULL;
}

const char *tmpfs_root_name(int index)
{
	return (unsigned)index < LENGTH(roots) ? roots[index].path : NULL;
}

const char *tmpfs_name(const struct node *root)
{
	for (size_t i = 0; i < LENGTH(roots); i++) if (&roots[i].node == root) return roots[i].path;
	return NULL;
}

static int kind(const struct node *node)
{
	return node->mode & S_IFMT;
}

int tmpfs_is_directory(const struct node *node)
{
	return kind(node) == S_IFDIR;
}

static void touch(struct node *node, int accessed)
{
	u64 now = time_realtime();

	if (accessed) node->times[0] = now;
	else node->times[1] = node->times[2] = now;
}

/* Nodes come from granules that are never given back. */
static struct node *node_new(mode_t mode)
{
	struct node *node = free_nodes ? free_nodes : memory_take(1);
	u64 now = time_realtime();

	if (!node) return NULL;
	if (!free_nodes)
		for (size_t i = 1; i < GRANULE / sizeof *node; i++) {
			node[i].next = free_nodes;
			free_nodes = &node[i];
		}
	else free_nodes = node->next;
	*node = (struct node){ .mode = mode, .ino = ++last_ino, .times = { now, now, now } };
	return node;
}

/* Ends a node that has no name and is not open. */
static void release(struct node *node)
{
	if (node->links || node->opens || node->mapped) return;
	if (node->granules) memory_give(node->data, node->granules);
	node->next = free_nodes;
	free_nodes = node;
}

void tmpfs_drop(struct node *node)
{
	node->opens--;
	release(node);
}

/* Room for size bytes; twice what was there, if that can be had. */
static int reserve(struct node *node, size_t size)
{
	size_t need = (size + GRANULE - 1) / GRANULE;
	size_t ample = MIN(2 * node->granules, SIZE_LIMIT / GRANULE + 1);
	u8 *data;

	if (need <= node->granules) return 1;
	ample = ample < need ? need : ample;
	if (node->mapped) {
		if (!memory_extend(node->data, node->granules, need)) return 0;
		node->granules = need;
		return 1;
	}
	data = memory_resize(node->data, node->granules, ample);
	if (!data) data = memory_resize(node->data, node->granules, ample = need);
	if (!data) return 0;
	node->data = data;
	node->granules = ample;
	return 1;
}

static void discard(struct node *node)
{
	if (node->granules) memory_give(node->data, node->granules);
	node->granules = 0;
	node->data = NULL;
}

/* What the guest wrote past the end is not what a larger file has there. */
static void clear_tail(struct node *node, size_t upto)
{
	if (node->was_mapped && upto > node->size)
		__builtin_memset(node->data + node->size, 0, upto - node->size);
}

long tmpfs_map(struct node *node, size_t count, size_t granule)
{
	if (kind(node) != S_IFREG) return -ENODEV;
	if (granule > SIZE_LIMIT / GRANULE || count > SIZE_LIMIT / GRANULE - granule) return -ENOMEM;
	if (!reserve(node, (granule + count) * GRANULE)) return -ENOMEM;
	if (!memory_share(node->data + granule * GRANULE, count)) return -ENOMEM;
	if (!node->mapped) {
		node->next = mapped_nodes;
		mapped_nodes = node;
	}
	node->mapped = node->was_mapped = 1;
	touch(node, 1);
	return (long)(node->data + granule * GRANULE);
}

void tmpfs_unmapped(void)
{
	struct node **at = &mapped_nodes, *node;

	while ((node = *at)) {
		if (memory_is_shared(node->data, node->granules)) {
			at = &node->next;
			continue;
		}
		*at = node->next;
		node->mapped = 0;
		release(node);
	}
}

void tmpfs_synced(const void *address, size_t count)
{
	const u8 *from = address, *to = from + count * GRANULE;

	for (struct node *node = mapped_nodes; node; node = node->next)
		if (from < node->data + node->granules * GRANULE && to > node->data) touch(node, 0);
}

u64 tmpfs_size(const struct node *node)
{
	return node->size;
}

long tmpfs_resize(struct node *node, u64 size)
{
	if (size > SIZE_LIMIT) return -EFBIG;
	if (!size && !node->mapped) discard(node);
	else if (size < node->size) __builtin_memset(node->data + size, 0, node->size - size);
	else if (!reserve(node, size)) return -ENOSPC;
	clear_tail(node, size);
	node->size = size;
	touch(node, 0);
	return 0;
}

long tmpfs_read(struct node *node, u8 *buf, size_t size, u64 offset)
{
	if (tmpfs_is_directory(node)) return -EISDIR;
	if (offset >= node->size) return 0;
	size = MIN(size, node->size - (size_t)offset);
	__builtin_memmove(buf, node->data + offset, size);
	touch(node, 1);
	return size;
}

long tmpfs_write(struct node *node, const u8 *buf, size_t size, u64 offset)
{
	if (!size) return 0;
	if (offset >= SIZE_LIMIT) return -EFBIG;
	size = MIN(size, SIZE_LIMIT - (size_t)offset);
	if (!reserve(node, offset + size)) return -ENOSPC;
	clear_tail(node, offset);
	__builtin_memmove(node->data + offset, buf, size);
	if (offset + size > node->size) node->size = offset + size;
	touch(node, 0);
	return size;
}

const char *tmpfs_target(const struct node *link, size_t *len)
{
	*len = link->size;
	return kind(link) == S_IFLNK ? (const char *)link->data : NULL;
}

void tmpfs_set_mode(struct node *node, mode_t mode)
{
	node->mode = (node->mode & S_IFMT) | (mode & 07777);
	node->times[2] = time_realtime();
}

void tmpfs_set_times(struct node *node, const u64 at[2], int flags)
{
	u64 now = time_realtime();

	for (int i = 0; i < 2; i++) {
		if (flags & WASI_SET_ATIM << 2 * i) node->times[i] = at[i];
		if (flags & WASI_SET_ATIM_NOW << 2 * i) node->times[i] = now;
	}
	node->times[2] = now;
}

void tmpfs_stat(const struct node *node, struct statx *out)
{
	*out = (struct statx){
		.mask = STATX_BASIC_STATS, .blksize = GRANULE, .uid = UID, .gid = GID,
		.nlink = node->links + tmpfs_is_directory(node), .mode = node->mode, .ino = node->ino,
		.size = node->size, .blocks = node->granules * (GRANULE / 512),
		.atime = time_moment(node->times[0]), .mtime = time_moment(node->times[1]),
		.ctime = time_moment(node->times[2]), .dev_minor = 1,
	};
}

const char *tmpfs_entry(const struct node *dir, size_t index, struct node **node)
{
	struct entry *entry = (struct entry *)dir->data + index;

	if (index >= dir->size / sizeof *entry) return NULL;
	*node = entry->node;
	return entry->name;
}

static struct entry *find(const struct node *dir, const char *name, size_t len)
{
	struct entry *entry = (struct entry *)dir->data, *end = entry + dir->size / sizeof *entry;

	for (; entry < end; entry++)
		if (entry->len == len && text_same(entry->name, name, len)) return entry;
	return NULL;
}

static long enter(struct node *dir, const char *name, size_t len, struct node *node)
{
	struct entry entry = { node, len, "" };
	long done;

	if (node->links == 0xffff) return -EMLINK;
	__builtin_memcpy(entry.name, name, len);
	done = tmpfs_write(dir, (u8 *)&entry, sizeof entry, dir->size);
	if (done < 0) return done;
	node->links++;
	if (tmpfs_is_directory(node)) node->parent = dir;
	return 0;
}

static void leave(struct node *dir, struct entry *entry)
{
	struct node *node = entry->node;
	size_t after = dir->data + dir->size - (u8 *)(entry + 1);

	__builtin_memmove(entry, entry + 1, after);
	tmpfs_resize(dir, dir->size - sizeof *entry);
	node->links--;
	node->times[2] = time_realtime();
	release(node);
}

/* One component: the node that spot->name has in spot->dir. */
static long step(struct spot *spot)
{
	struct entry *entry;

	if (!tmpfs_is_directory(spot->dir)) return -ENOTDIR;
	if (!(spot->dir->mode & S_IXUSR)) return -EACCES;
	if (spot->len > NAME_MAX) return -ENAMETOOLONG;
	entry = find(spot->dir, spot->name, spot->len);
	spot->node = entry ? entry->node : NULL;
	return 0;
}

long tmpfs_walk(struct node *root, const char *path, int how, struct spot *spot)
{
	const char *at = path;

	*spot = (struct spot){ .node = root, .name = path };
	for (;;) {
		long error;
		while (*at == '/') at++;
		spot->slash = at > path && at[-1] == '/';
		if (spot->node && kind(spot->node) == S_IFLNK
		    && (*at || how >= PATH_FOLLOW || (how == PATH_LINK && spot->slash))) {
			spot->rest = at;
			return 0;
		}
		if (!*at) return how != PATH_ENTRY && spot->node && spot->slash
			&& !tmpfs_is_directory(spot->node) ? -ENOTDIR : 0;
		if (!spot->node) return -ENOENT;
		spot->walked = at - path;
		spot->dir = spot->node;
		spot->name = at;
		spot->len = text_component(at);
		error = step(spot);
		if (error) return error;
		at += spot->len;
	}
}

/* Makes what is not there yet. */
static long make(struct spot *spot, mode_t mode)
{
	long error;

	if (!(spot->dir->mode & S_IWUSR)) return -EACCES;
	spot->node = node_new(mode);
	if (!spot->node) return -ENOSPC;
	error = enter(spot->dir, spot->name, spot->len, spot->node);
	if (error) release(spot->node);
	return error;
}

/* The owner's permissions that open needs. */
static mode_t wanted(int flags)
{
	int how = flags & O_ACCMODE;

	return (how != O_WRONLY ? S_IRUSR : 0) | (how != O_RDONLY || flags & O_TRUNC ? S_IWUSR : 0);
}

static long check_open(struct spot *spot, int flags)
{
	if (flags & O_CREAT && flags & O_EXCL) return -EEXIST;
	if (kind(spot->node) == S_IFLNK) return flags & O_PATH ? 0 : -ELOOP;
	if (tmpfs_is_directory(spot->node)) {
		if ((flags & O_ACCMODE) != O_RDONLY || flags & (O_CREAT | O_TRUNC)) return -EISDIR;
	} else if (flags & O_DIRECTORY) return -ENOTDIR;
	return flags & O_PATH || !(wanted(flags) & ~spot->node->mode) ? 0 : -EACCES;
}

long tmpfs_open(struct spot *spot, int flags, mode_t mode)
{
	long error = 0;

	if (spot->node) error = check_open(spot, flags);
	else if (!(flags & O_CREAT)) return -ENOENT;
	else if (spot->slash) return -EISDIR;
	else error = make(spot, S_IFREG | (mode & 07777 & ~process_umask()));
	if (error) return error;
	if (flags & O_TRUNC && kind(spot->node) == S_IFREG) tmpfs_resize(spot->node, 0);
	spot->node->opens++;
	return 0;
}

struct node *tmpfs_nameless(void)
{
	struct node *node = node_new(S_IFREG | 0777);

	if (node) node->opens = 1;
	return node;
}

long tmpfs_mkfifo(struct spot *spot, mode_t mode)
{
	return spot->node ? -EEXIST : make(spot, S_IFIFO | (mode & 07777 & ~process_umask()));
}

struct pipe **tmpfs_fifo(struct node *node)
{
	return kind(node) == S_IFIFO ? &node->pipe : NULL;
}

long tmpfs_mkdir(struct spot *spot, mode_t mode)
{
	return spot->node ? -EEXIST : make(spot, S_IFDIR | (mode & 01777 & ~process_umask()));
}

long tmpfs_symlink(struct spot *spot, const char *target, size_t len)
{
	long done;

	if (spot->node) return -EEXIST;
	if (spot->slash) return -ENOENT;
	done = make(spot, S_IFLNK | 0777);
	if (done < 0) return done;
	done = tmpfs_write(spot->node, (const u8 *)target, len, 0);
	if (done < 0) leave(spot->dir, find(spot->dir, spot->name, spot->len));
	return done < 0 ? done : 0;
}

long tmpfs_link(struct node *old, struct spot *spot)
{
	if (spot->node) return -EEXIST;
	if (tmpfs_is_directory(old)) return -EPERM;
	if (spot->slash) return -ENOENT;
	if (!(spot->dir->mode & S_IWUSR)) return -EACCES;
	return enter(spot->dir, spot->name, spot->len, old);
}

long tmpfs_unlink(struct spot *spot, int directory)
{
	if (!spot->node) return -ENOENT;
	if (!spot->dir) return directory ? -EBUSY : -EISDIR;
	if ((directory || spot->slash) && !tmpfs_is_directory(spot->node)) return -ENOTDIR;
	if (!directory && tmpfs_is_directory(spot->node)) return -EISDIR;
	if (directory && spot->node->size) return -ENOTEMPTY;
	if (!(spot->dir->mode & S_IWUSR)) return -EACCES;
	leave(spot->dir, find(spot->dir, spot->name, spot->len));
	return 0;
}

static int is_below(const struct node *node, const struct node *above)
{
	while (node && node != above) node = node->parent;
	return node != NULL;
}

static long check_rename(const struct spot *old, const struct spot *new, unsigned flags)
{
	int directory = tmpfs_is_directory(old->node);

	if (!old->dir || !new->dir) return -EBUSY;
	if (!(old->dir->mode & new->dir->mode & S_IWUSR)) return -EACCES;
	if (directory && is_below(new->dir, old->node)) return -EINVAL;
	if (flags & RENAME_NOREPLACE && new->node) return -EEXIST;
	if (flags & RENAME_EXCHANGE) {
		if (!new->node) return -ENOENT;
		if (new->slash && !tmpfs_is_directory(new->node)) return -ENOTDIR;
	}
	if (!directory && (old->slash || (new->slash && !(flags & RENAME_EXCHANGE)))) return -ENOTDIR;
	if (!new->node || new->node == old->node || flags) return 0;
	if (!directory) return tmpfs_is_directory(new->node) ? -EISDIR : 0;
	return !tmpfs_is_directory(new->node) ? -ENOTDIR : new->node->size ? -ENOTEMPTY : 0;
}

/* Both are there, and neither is below the other. */
static long exchange(struct spot *old, struct spot *new)
{
	struct entry *a, *b;
	u64 now = time_realtime();

	if (is_below(old->dir, new->node)) return -EINVAL;
	a = find(old->dir, old->name, old->len);
	b = find(new->dir, new->name, new->len);
	a->node = new->node;
	b->node = old->node;
	if (tmpfs_is_directory(a->node)) a->node->parent = old->dir;
	if (tmpfs_is_directory(b->node)) b->node->parent = new->dir;
	a->node->times[2] = b->node->times[2] = now;
	touch(old->dir, 0);
	touch(new->dir, 0);
	return 0;
}

long tmpfs_rename(struct spot *old, struct spot *new, unsigned flags)
{
	struct node *node = old->node;
	long error = node ? check_rename(old, new, flags) : -ENOENT;

	if (error) return error;
	if (flags & RENAME_EXCHANGE) return exchange(old, new);
	if (node == new->node) return 0;
	error = enter(new->dir, new->name, new->len, node);
	if (error) return error;
	if (new->node) leave(new->dir, find(new->dir, new->name, new->len));
	leave(old->dir, find(old->dir, old->name, old->len));
	if (tmpfs_is_directory(node)) node->parent = new->dir;
	return 0;
}
