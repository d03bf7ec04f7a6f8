/* Directories: their listings.
 *
 * A directory is listed once, from its beginning, into the kernel's memory; so
 * positions are plain offsets, whatever the host's cookies may be. */
#include "directory.h"
#include "host.h"
#include "memory.h"
#include "mount.h"
#include "syscalls.h"
#include "text.h"
#include "wasi.h"

struct listing {
	size_t granules, used, at; /* used and at count bytes of records */
	u8 records[];              /* struct dirent */
};

#define RECORD(n) ((sizeof(struct dirent) - 5 + (n) + 1 + 7) & -8UL)

#define NO_INODE 1 /* where the host knows none: 0 would be no entry */

#define FIFO 8 /* beyond WASI's */

static const u8 types[] = { 0, 6, 2, 4, 8, 12, 12, 10, 1 };

static size_t capacity(struct listing *list)
{
	return list->granules * GRANULE - sizeof *list;
}

static void forget(struct file *file)
{
	if (file->listing) memory_give(file->listing, file->listing->granules);
	file->listing = NULL;
}

static struct listing *larger(struct listing *old)
{
	size_t had = old ? old->granules : 0, granules = had ? 2 * had : 1;
	struct listing *new = memory_resize(old, had, granules);

	if (new) new->granules = granules;
	return new;
}

static int add(struct file *file, const char *name, size_t n, u64 ino, int type)
{
	struct listing *list = file->listing;
	size_t size = RECORD(n);
	struct dirent *record;

	if (!list || list->used + size > capacity(list)) {
		list = larger(list);
		if (!list) return 0;
		file->listing = list;
		file->acts = &directory_acts; /* a standard stream has none yet */
	}
	record = (struct dirent *)(list->records + list->used);
	list->used += size;
	record->ino = ino ? ino : NO_INODE;
	record->off = list->used;
	record->reclen = size;
	record->type = (unsigned)type < LENGTH(types) ? types[type] : 0;
	__builtin_memcpy(record->name, name, n);
	return 1;
}

static int is_dots(const char *name, size_t n)
{
	return n && n < 3 && name[0] == '.' && name[n - 1] == '.';
}

static struct dirent *first(struct file *file)
{
	return (struct dirent *)file->listing->records;
}

/* Not every host lists them: but programs tell files apart by them. */
static u64 inode(struct file *file, const char *name, size_t n)
{
	struct wasi_filestat stat;

	return wasi_path_filestat_get(file->host, 0, name, n, &stat) ? 0 : stat.ino;
}

/* Adds the whole entries in buf; returns their size, and the next cookie. */
static size_t add_entries(struct file *file, const u8 *buf, size_t size, u64 *cookie, int *full)
{
	size_t at = 0;
	struct wasi_dirent entry;

	while (size - at >= sizeof entry) {
		const char *name = (const char *)buf + at + sizeof entry;
		__builtin_memcpy(&entry, buf + at, sizeof entry);
		if (entry.namlen > size - at - sizeof entry) break;
		if (!is_dots(name, entry.namlen)) {
			if (!entry.ino) entry.ino = inode(file, name, entry.namlen);
			if (!add(file, name, entry.namlen, entry.ino, entry.type)) *full = 1;
		} else if (entry.namlen == 1 && entry.ino)
			first(file)->ino = entry.ino;
		*cookie = entry.next;
		at += sizeof entry + entry.namlen;
	}
	return at;
}

/* wasmtime reads the whole directory for each part of it: so parts are large. */
#define PART (16 * GRANULE)

static long list_parts(struct file *file, u8 *buf)
{
	u64 cookie = 0;
	size_t used = PART;
	int full = 0;

	while (used == PART) {
		int error = wasi_fd_readdir(file->host, buf, PART, cookie, &used);
		if (error) return wasi_result(error);
		if (used > PART || !add_entries(file, buf, used, &cookie, &full)) break;
	}
	return full ? -ENOMEM : 0;
}

static long list_host(struct file *file)
{
	struct wasi_filestat stat;
	u8 *buf = memory_take(PART / GRANULE);
	long error = buf ? list_parts(file, buf) : -ENOMEM;

	if (buf) memory_give(buf, PART / GRANULE);
	if (error) return error;
	if (first(file)->ino == NO_INODE && !wasi_fd_filestat_get(file->host, &stat) && stat.ino)
		first(file)->ino = stat.ino; /* not every host lists "." */
	return 0;
}

static int listed(struct listing *list, const char *name, size_t n)
{
	for (size_t at = 0; at < list->used; ) {
		struct dirent *record = (struct dirent *)(list->records + at);
		size_t i = 0;
		while (i < n && record->name[i] == name[i]) i++;
		if (i == n && !record->name[n]) return 1;
		at += record->reclen;
	}
	return 0;
}

static long list_virtual(struct file *file)
{
	const char *name;
	size_t n;

	for (int i = 0; (name = mount_name(file->path, i, &n)); i++)
		if (!listed(file->listing, name, n) && !add(file, name, n, i + 2, WASI_DIRECTORY))
			return -ENOMEM;
	return 0;
}

static int type_of(mode_t mode)
{
	return (mode & S_IFMT) == S_IFDIR ? WASI_DIRECTORY
		: (mode & S_IFMT) == S_IFLNK ? WASI_SYMBOLIC_LINK
		: (mode & S_IFMT) == S_IFIFO ? FIFO : WASI_REGULAR_FILE;
}

static long list_memory(struct file *file)
{
	struct node *node;
	const char *name;

	for (size_t i = 0; (name = tmpfs_entry(file->node, i, &node)); i++) {
		struct statx stat;
		tmpfs_stat(node, &stat);
		if (!add(file, name, text_length(name), stat.ino, type_of(stat.mode))) return -ENOMEM;
	}
	return list_virtual(file);
}

static long list(struct file *file)
{
	long error;

	if (file->listing) return 0;
	if (!add(file, ".", 1, NO_INODE, WASI_DIRECTORY)) return -ENOMEM;
	add(file, "..", 2, NO_INODE, WASI_DIRECTORY);
	error = file->kind == FILE_HOST ? list_host(file)
		: file->kind == FILE_MEMORY ? list_memory(file) : list_virtual(file);
	if (error) forget(file);
	return error;
}

/* How many of the next records fit into size bytes. */
static size_t fitting(struct listing *list, size_t size)
{
	size_t n = 0;

	while (list->at + n < list->used) {
		size_t next = ((struct dirent *)(list->records + list->at + n))->reclen;
		if (n + next > size) break;
		n += next;
	}
	return n;
}

long sys_getdents64(int fd, void *buf, size_t size)
{
	struct file *file = fd_file(fd);
	struct listing *listing;
	long error;
	size_t n;

	if (!file) return -EBADF;
	if (file_type(file) != WASI_DIRECTORY) return -ENOTDIR;
	error = list(file);
	if (error) return error;
	listing = file->listing;
	n = fitting(listing, size);
	if (!n) return listing->at < listing->used ? -EINVAL : 0;
	if (!memory_valid(buf, n)) return -EFAULT;
	__builtin_memcpy(buf, listing->records + listing->at, n);
	listing->at += n;
	return n;
}

static int is_record(struct listing *list, i64 offset)
{
	size_t at = 0;

	while (at < list->used && (i64)at < offset)
		at += ((struct dirent *)(list->records + at))->reclen;
	return (i64)at == offset;
}

/* lseek of a directory: positions are those that getdents64 gave as d_off. */
static long directory_seek(struct file *file, i64 offset, int whence, off_t *result)
{
	long error;

	if (whence == SEEK_CUR && !offset) {
		*result = file->listing ? file->listing->at : 0;
		return 0;
	}
	if (whence != SEEK_SET || offset < 0) return -EINVAL;
	if (!offset) forget(file);
	else {
		error = list(file);
		if (error) return error;
		if (!is_record(file->listing, offset)) return -EINVAL;
		file->listing->at = offset;
	}
	*result = offset;
	return 0;
}

static long no_transfer(struct file *file, const struct iovec *iov, i64 offset)
{
	(void)file, (void)iov, (void)offset;
	return -EISDIR;
}

static void directory_close(struct file *file)
{
	forget(file);
	if (file->node) tmpfs_drop(file->node);
}

const struct file_acts directory_acts = {
	.read = no_transfer, .write = no_transfer, .seek = directory_seek, .close = directory_close,
};
