/* Shared mappings of the host's files: copies, kept like the file.
 *
 * What the guest stores into a mapping is found by comparison with what the
 * file last held there, and goes to the file when the guest next reads, writes,
 * cuts or synchronises that file, or unmaps or synchronises the memory, and at
 * the end of the process (a trap is no end: what was stored since is lost).
 * What the guest writes to the file goes to its mappings at once. A second mapping
 * of what is mapped is the same memory; of what is mapped in part alone, a copy, and
 * what is stored in one is in the other after the next such call. Nothing is seen of
 * what other processes do meanwhile. */
#include "exit.h"
#include "host.h"
#include "mapping.h"
#include "memory.h"

static struct mapping {
	unsigned long at;    /* where it lies, ... */
	size_t count;        /* ... in granules; 0: not in use */
	u64 offset;
	struct file *file;
	u8 *held;            /* what the file last held; NULL: not writable */
} mappings[64];
static int used;             /* how many there are: mostly none */

/* Further mappings of memory that is one of the above, or part of one. */
static struct {
	unsigned long at;
	size_t count;        /* 0: not in use */
} others[64];
static int wrote;            /* whether something was stored since that was 0 */

#define EACH(m) (struct mapping *m = mappings; m < mappings + LENGTH(mappings); m++)

static unsigned long end(const struct mapping *m)
{
	return m->at + m->count * GRANULE;
}

/* Whether any of the granules is the mapping's. */
static int covers(const struct mapping *m, unsigned long address, size_t count)
{
	return m->count && m->at < address + count * GRANULE && address < end(m);
}

/* Learns which file it is, once: every read and write wants to know. */
static long identify(struct file *file)
{
	struct wasi_filestat stat;
	int error;

	if (file->kind != FILE_HOST || file_type(file) != WASI_REGULAR_FILE) return -ENODEV;
	if (file->dev || file->ino) return 0;
	error = wasi_fd_filestat_get(file->host, &stat);
	if (!error) file->dev = stat.dev, file->ino = stat.ino;
	return wasi_result(error);
}

/* Whether it is of that file, which is identified. */
static int is_of(const struct mapping *m, const struct file *file)
{
	return m->count && m->file->dev == file->dev && m->file->ino == file->ino;
}

static long transfer(struct mapping *m, int writing, u8 *base, size_t size, u64 offset)
{
	for (size_t done = 1; size && done; base += done, size -= done, offset += done) {
		struct iovec iov = { base, MIN(size, RW_MAX) };
		int error = writing ? wasi_fd_pwrite(m->file->host, &iov, 1, offset, &done)
			: wasi_fd_pread(m->file->host, &iov, 1, offset, &done);
		if (error) return wasi_result(error);
	}
	return 0;
}

static int differs(const u8 *a, const u8 *b)
{
	const u64 *x = (const u64 *)a, *y = (const u64 *)b;

	for (size_t i = 0; i < GRANULE / sizeof *x; i++) if (x[i] != y[i]) return 1;
	return 0;
}

/* Writes what differs of a granule, up to the file's end. */
static long store_granule(struct mapping *m, size_t index, u64 size)
{
	u8 *now = (u8 *)m->at + index * GRANULE, *held = m->held + index * GRANULE;
	u64 offset = m->offset + (u64)index * GRANULE;
	size_t from = 0, to = size <= offset ? 0 : MIN(size - offset, GRANULE);

	while (from < to && now[from] == held[from]) from++;
	while (from < to && now[to - 1] == held[to - 1]) to--;
	__builtin_memcpy(held + from, now + from, to - from);
	wrote |= from < to;
	return transfer(m, 1, now + from, to - from, offset + from);
}

static long store(struct mapping *m)
{
	struct wasi_filestat stat;
	int known = 0;

	if (!m->held) return 0;
	for (size_t i = 0; i < m->count; i++) {
		long error = 0;
		if (!differs((u8 *)m->at + i * GRANULE, m->held + i * GRANULE)) continue;
		if (!known++) error = wasi_result(wasi_fd_filestat_get(m->file->host, &stat));
		if (!error) error = store_granule(m, i, stat.size);
		if (error) return error;
	}
	return 0;
}

/* Reads a part of the file, which lies in the mapping; zeros after its end. */
static void load(struct mapping *m, u64 offset, size_t size)
{
	u8 *now = (u8 *)m->at + (size_t)(offset - m->offset);

	__builtin_memset(now, 0, size);
	transfer(m, 0, now, size, offset);
	if (m->held) __builtin_memcpy(m->held + (size_t)(offset - m->offset), now, size);
}

static struct mapping *unused(void)
{
	for EACH(m) if (!m->count) return m;
	return NULL;
}

/* All that is stored in mappings of a file goes to the file, and to the others. */
static void store_all(const struct file *file)
{
	int count = 0;

	wrote = 0;
	for EACH(m) if (is_of(m, file)) store(m), count++;
	if (wrote && count > 1)
		for EACH(m) if (is_of(m, file)) load(m, m->offset, m->count * GRANULE);
}

static long hold(struct mapping *m)
{
	m->held = memory_take(m->count);
	if (!m->held) return -ENOMEM;
	__builtin_memcpy(m->held, (void *)m->at, m->count * GRANULE);
	return 0;
}

static void mapping_finish(void)
{
	if (used) for EACH(m) if (m->count) store(m);
}

static long mapping_new(struct file *file, unsigned long address, size_t count, u64 offset, int writable)
{
	struct mapping new = { address, count, offset, file, NULL }, *m = unused();
	long error = identify(file);

	if (error) return error;
	if (!m) return -ENOMEM;
	if (writable && file->flags & O_APPEND) return -ENODEV;
	if (writable) error = hold(&new);
	if (error) return error;
	exit_last = mapping_finish;
	file->refs++;
	used++;
	*m = new;
	return 0;
}

static void forget(struct mapping *m)
{
	if (m->held) memory_give(m->held, m->count);
	file_drop(m->file);
	m->count = 0;
	used--;
}

/* Leaves the first granules of a mapping, and makes another of the rest. */
static void split(struct mapping *m, size_t count)
{
	struct mapping *rest = unused();

	*rest = *m;
	rest->at += count * GRANULE;
	rest->count -= count;
	rest->offset += (u64)count * GRANULE;
	if (m->held) rest->held += count * GRANULE;
	rest->file->refs++;
	m->count = count;
	used++;
}

/* Whether there are more mappings of that memory; if exact, of just that. */
static int other(unsigned long address, size_t count, int exact)
{
	for (size_t i = 0; i < LENGTH(others); i++) {
		unsigned long at = others[i].at, size = others[i].count * GRANULE;
		if (!size || (exact && (at != address || others[i].count != count))) continue;
		if (at < address + count * GRANULE && address < at + size) return i + 1;
	}
	return 0;
}

static long remove_kept(unsigned long address, size_t count)
{
	unsigned long limit = address + count * GRANULE;
	size_t needed = 0;

	if (!used) return 0;
	for (int i; (i = other(address, count, 0)); ) others[i - 1].count = 0; /* a fixed mapping takes all */
	for EACH(m) if (covers(m, address, count)) needed += (m->at < address) + (end(m) > limit);
	if (needed > LENGTH(mappings) - (size_t)used) return -ENOMEM;
	for EACH(m) {
		if (!covers(m, address, count)) continue;
		if (m->at < address) split(m, (address - m->at) / GRANULE);
		else if (end(m) > limit) split(m, (limit - m->at) / GRANULE);
	}
	for EACH(m) {
		if (!covers(m, address, count)) continue;
		if (end(m) > limit) split(m, (limit - m->at) / GRANULE);
		store(m);
		store_all(m->file);
		forget(m);
	}
	return 0;
}

static struct mapping *whole(unsigned long address, size_t count)
{
	for EACH(m) if (m->at == address && m->count == count && count) return m;
	return NULL;
}

static int any_kept(unsigned long address, size_t count)
{
	if (used) for EACH(m) if (covers(m, address, count)) return 1;
	return 0;
}

/* One that can be written needs a file that can be. */
static long make_writable(struct mapping *m, struct file *file)
{
	if (m->held) return 0;
	if (file->flags & O_APPEND || hold(m)) return -ENOMEM;
	file->refs++;
	file_drop(m->file);
	m->file = file;
	return 0;
}

static unsigned long again(struct file *file, size_t count, u64 offset, int writable)
{
	size_t i = 0;

	if (!used || identify(file)) return 0;
	while (i < LENGTH(others) && others[i].count) i++;
	if (i < LENGTH(others)) for EACH(m) {
		if (!is_of(m, file) || offset < m->offset) continue;
		if (offset + count * (u64)GRANULE > m->offset + m->count * (u64)GRANULE) continue;
		if (writable && make_writable(m, file)) continue;
		others[i].at = m->at + (unsigned long)(offset - m->offset);
		others[i].count = count;
		return others[i].at;
	}
	return 0;
}

/* What one of several unmaps stays: the last one gives it back, if it has it all. */
static int still(unsigned long address, size_t count)
{
	int one = other(address, count, 1);

	for EACH(m) if (covers(m, address, count)) store_all(m->file);
	if (one) others[one - 1].count = 0;
	return one || other(address, count, 0);
}

static int mapping_is_whole(unsigned long address, size_t count)
{
	return used && whole(address, count) && !other(address, count, 0);
}

static long mapping_grown(unsigned long from, size_t old, unsigned long to, size_t count)
{
	struct mapping *m = whole(from, old), longer = *m;
	u8 *held = m->held ? memory_resize(m->held, old, count) : NULL;

	if (m->held && !held) return -ENOMEM;
	longer.at = to;
	longer.count = count;
	longer.held = held;
	*m = longer;
	load(m, m->offset + (u64)old * GRANULE, (count - old) * GRANULE);
	return 0;
}

static long mapping_protect(unsigned long address, size_t count)
{
	if (used) for EACH(m) {
		if (!covers(m, address, count) || m->held) continue;
		if ((m->file->flags & O_ACCMODE) != O_RDWR) return -EACCES;
		if (m->file->flags & O_APPEND || hold(m)) return -ENOMEM;
	}
	return 0;
}

static void store_kept(struct file *file)
{
	if (!used || identify(file)) return;
	store_all(file);
}

static void mapping_load(struct file *file, i64 offset, u64 size)
{
	if (!used || identify(file)) return;
	for EACH(m) {
		u64 length = (u64)m->count * GRANULE, from = m->offset, to = from + length;
		if (!is_of(m, file)) continue;
		if (offset >= 0 && (u64)offset > from) from = offset;
		if (offset >= 0 && (u64)offset + size < to) to = offset + size;
		if (from < to) load(m, from, to - from);
	}
}

static long mapping_sync(unsigned long address, size_t count)
{
	long error = 0;

	if (used) for EACH(m) if (!error && covers(m, address, count)) {
		error = store(m);
		if (!error) store_all(m->file);
	}
	return error;
}

const struct mapping_acts mapping_kept = {
	.new = mapping_new, .again = again, .still = still, .remove = remove_kept, .any = any_kept, .is_whole = mapping_is_whole,
	.grown = mapping_grown, .protect = mapping_protect, .store = store_kept,
	.sync = mapping_sync, .load = mapping_load,
};
