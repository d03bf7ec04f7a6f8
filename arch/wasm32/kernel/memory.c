/* The memory manager: owns all memory above the kernel's own data.
 *
 * One byte of state per granule, apart from the memory it describes: no write
 * of the guest's, however wild, into memory that it was given can disturb the
 * bookkeeping, neighbours coalesce by themselves, and any part of a region can
 * be given back. First fit keeps the memory dense; nothing ever shrinks it. */
#include "fd.h"
#include "linux.h"
#include "mapping.h"
#include "memory.h"
#include "syscalls.h"
#include "tmpfs.h"
#include "wasi.h"

/* SHARED and more: the kernel's, and mapped by the guest, so often. */
enum { FREE, MAPPED, REGION, KERNEL, SHARED, SHARED_MOST = 255 };

#define WASM_PAGE 65536UL
#define GRANULES (1UL << 20) /* of a 4 GiB memory */
#define LAST (GRANULES - 16) /* the last page stays unused: no region ends at 2^32 */

extern u8 __global_base[], __heap_base[];

const struct mapping_acts *mapping_acts;

static u8 state[GRANULES];
static size_t first, end; /* the managed granules */
static size_t lowest;     /* none below it is free */
static size_t fresh;      /* none from here on was ever handed out: all are zero */

static u64 memory_size(void)
{
	return (u64)__builtin_wasm_memory_size(0) * WASM_PAGE;
}

/* Granules that someone else added (a module's own memory.grow) are not ours. */
static void adopt(size_t upto)
{
	upto = MIN(upto, LAST);
	if (upto <= end) return;
	__builtin_memset(state + end, REGION, upto - end);
	end = fresh = upto;
}

static void initialize(void)
{
	if (end) return;
	first = lowest = fresh = ((unsigned long)__heap_base + GRANULE - 1) / GRANULE;
	end = MIN(memory_size() / GRANULE, LAST);
}

/* Adds at least `need` granules; an eighth of what is there, if it can be. */
static int grow(size_t need)
{
	size_t old, least = (need * GRANULE + WASM_PAGE - 1) / WASM_PAGE;
	size_t now = __builtin_wasm_memory_size(0);

	if (need > LAST - MIN(end, LAST)) return 0;
	old = __builtin_wasm_memory_grow(0, least > now / 8 ? least : now / 8);
	if (old == -1UL) old = __builtin_wasm_memory_grow(0, least);
	if (old == -1UL) return 0;
	adopt(old * (WASM_PAGE / GRANULE));
	end = MIN(memory_size() / GRANULE, LAST);
	return 1;
}

/* The first of count free granules at a multiple of align, or 0. Looks at each
 * window from its far side, so that long windows skip over what is in use. */
static size_t find(size_t count, size_t align)
{
	size_t at = (lowest + align - 1) & -align;

	while (at < end && count <= end - at) {
		size_t i = at + count;
		while (i > at && state[i - 1] == FREE) i--;
		if (i == at) return at;
		at = (i + align - 1) & -align;
	}
	return 0;
}

static void mark(size_t at, size_t count, int how)
{
	__builtin_memset(state + at, how, count);
	if (how == FREE) {
		if (at < lowest) lowest = at;
		return;
	}
	if (at <= lowest) while (lowest < end && state[lowest] != FREE) lowest++;
}

static void clear(size_t at, size_t count)
{
	size_t used = at + count < fresh ? at + count : fresh;

	if (at < used) __builtin_memset((void *)(at * GRANULE), 0, (used - at) * GRANULE);
	if (at + count > fresh) fresh = at + count;
}

static size_t free_tail(void)
{
	size_t at = end;

	while (at > lowest && state[at - 1] == FREE) at--;
	return end - at;
}

/* The first of count zeroed granules, now in state how, or 0. */
static size_t take(size_t count, size_t align, int how)
{
	size_t at;

	initialize();
	if (!count || count > LAST) return 0;
	while (!(at = find(count, align))) {
		size_t tail = free_tail();
		size_t need = (-(end - tail) & (align - 1)) + count;
		if (!grow(need > tail ? need - tail : 1)) return 0;
	}
	clear(at, count);
	mark(at, count, how);
	return at;
}

static size_t granules(size_t size)
{
	return size / GRANULE + !!(size % GRANULE);
}

static int every(size_t at, size_t count, int how)
{
	for (; count; at++, count--) if (state[at] != how) return 0;
	return 1;
}

/* Whether the guest may say what becomes of these granules; most: FREE and
 * MAPPED ones, or shared ones as well. */
static int disposable(size_t at, size_t count, int most)
{
	if (at < first || at > LAST || count > LAST - at) return 0;
	for (; count; at++, count--)
		if (state[at] == REGION || state[at] == KERNEL || state[at] > most) return 0;
	return 1;
}

int memory_valid(const void *address, size_t size)
{
	unsigned long a = (unsigned long)address, stack = (unsigned long)__global_base;
	size_t last;

	if (!size) return 1;
	if (a < GRANULE || size > memory_size() - a || a > memory_size()) return 0;
	if (a < stack) return size <= stack - a;
	if (a < (unsigned long)__heap_base)
		return memory_together && size <= (unsigned long)__heap_base - a;
	last = (a + size - 1) / GRANULE;
	for (a /= GRANULE; a <= last && a < end; a++)
		if (a < first || state[a] == FREE || state[a] == KERNEL) return 0;
	return 1;
}

long memory_string(const char *s, size_t max)
{
	size_t n = 0;

	while (n < max) {
		size_t stop = n + GRANULE - (unsigned long)(s + n) % GRANULE;
		if (!memory_valid(s + n, 1)) return -EFAULT;
		for (; n < stop && n < max; n++) if (!s[n]) return n;
	}
	return -ENAMETOOLONG;
}

void *memory_take(size_t count)
{
	return (void *)(take(count, 1, KERNEL) * GRANULE);
}

void memory_give(void *address, size_t count)
{
	mark((unsigned long)address / GRANULE, count, FREE);
}

void *memory_region(size_t size, size_t align)
{
	if (align & (align - 1)) return NULL;
	return (void *)(take(granules(size ? size : 1), align > GRANULE ? align / GRANULE : 1,
		REGION) * GRANULE);
}

int memory_share(void *address, size_t count)
{
	size_t at = (unsigned long)address / GRANULE;

	for (size_t i = 0; i < count; i++) if (state[at + i] == SHARED_MOST) return 0;
	for (size_t i = 0; i < count; i++) state[at + i]++;
	return 1;
}

int memory_is_shared(const void *address, size_t count)
{
	size_t at = (unsigned long)address / GRANULE;

	for (; count; at++, count--) if (state[at] >= SHARED) return 1;
	return 0;
}

u64 memory_total(void)
{
	return memory_size();
}

u64 memory_free(void)
{
	u64 count = 0;

	for (size_t i = first; i < end; i++) count += state[i] == FREE;
	return count * GRANULE;
}

INTERFACE void *__kernel_alloc(size_t size, size_t align)
{
	return memory_region(size, align);
}

INTERFACE void __kernel_free(void *address, size_t size)
{
	size_t at = (unsigned long)address / GRANULE, count = granules(size ? size : 1);

	if ((unsigned long)address % GRANULE || at < first || at > end || count > end - at) return;
	if (every(at, count, REGION)) mark(at, count, FREE);
}

/* Where a mapping without MAP_FIXED goes, or -errno for one with. */
static long place(size_t at, size_t count, int flags)
{
	size_t got;

	if (!(flags & (MAP_FIXED | MAP_FIXED_NOREPLACE))) {
		got = take(count, 1, MAPPED);
		return got ? (long)(got * GRANULE) : -ENOMEM;
	}
	initialize();
	if (!disposable(at, count, MAPPED)) return -ENOMEM;
	if (at + count > end && !grow(at + count - end)) return -ENOMEM;
	if (!disposable(at, count, MAPPED)) return -ENOMEM;
	if (flags & MAP_FIXED_NOREPLACE && !every(at, count, FREE)) return -EEXIST;
	if (mapping_remove(at * GRANULE, count)) return -ENOMEM;
	clear(at, count);
	mark(at, count, MAPPED);
	return at * GRANULE;
}

static long read_in(long at, size_t size, int fd, u64 offset)
{
	struct iovec iov = { (void *)at, MIN(size, RW_MAX) };

	while (iov.len) {
		long n = file_read(fd_file(fd), &iov, 1, offset);
		if (n < 0) return n;
		if (!n) break;
		iov.base = (u8 *)iov.base + n;
		iov.len -= n;
		offset += n;
	}
	return at;
}

static long map_check(int flags, int prot, int fd)
{
	int type = flags & MAP_TYPE;
	struct file *file;

	if (type < MAP_SHARED || type > MAP_SHARED_VALIDATE) return -EINVAL;
	if (flags & MAP_ANONYMOUS) return 0;
	file = fd_file(fd);
	if (!file) return -EBADF;
	if ((file->flags & O_ACCMODE) == O_WRONLY) return -EACCES;
	if (!file_seekable(file)) return -ENODEV;
	if (type == MAP_PRIVATE || !(prot & PROT_WRITE)) return 0;
	if ((file->flags & O_ACCMODE) != O_RDWR) return -EACCES;
	return file_type(file) == WASI_REGULAR_FILE ? 0 : -ENODEV;
}

/* A file of the host's is mapped by reading it; a shared mapping is kept like it. */
static long map_file(long at, size_t size, int prot, int flags, int fd, u64 offset)
{
	struct file *file = fd_file(fd);
	long error = read_in(at, size, fd, offset);

	if (error < 0 && error > -4096) return error;
	if ((flags & MAP_TYPE) == MAP_PRIVATE || file_type(file) != WASI_REGULAR_FILE) return 0;
	if (!mapping_acts) return prot & PROT_WRITE ? -ENODEV : 0;
	return mapping_acts->new(file, at, size / GRANULE, offset, prot & PROT_WRITE);
}

/* Whether it is mapped where it lies. */
static int in_place(int flags, int fd)
{
	if (flags & MAP_ANONYMOUS || (flags & MAP_TYPE) == MAP_PRIVATE) return 0;
	return fd_file(fd)->kind == FILE_MEMORY;
}

long sys_mmap2(unsigned long addr, size_t size, int prot, int flags, int fd, unsigned long page)
{
	long at, error = map_check(flags, prot, fd);

	if (error) return error;
	if (!size || (flags & (MAP_FIXED | MAP_FIXED_NOREPLACE) && addr % GRANULE)) return -EINVAL;
	if (in_place(flags, fd)) {
		if (flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) return -ENOMEM;
		return tmpfs_map(fd_file(fd)->node, granules(size), page);
	}
	at = place(addr / GRANULE, granules(size), flags);
	if (flags & MAP_ANONYMOUS || (at < 0 && at > -4096)) return at;
	error = map_file(at, granules(size) * GRANULE, prot, flags, fd, (u64)page * GRANULE);
	if (error) sys_munmap(at, size);
	return error ? error : at;
}

static void unmap(size_t at, size_t count)
{
	int shared = 0;
	size_t n;

	for (; count; at += n, count -= n) {
		for (n = 0; n < count && state[at + n] < SHARED; n++);
		if (n) mark(at, n, FREE);
		else state[at]--, shared = n = 1;
	}
	if (shared) tmpfs_unmapped();
}

long sys_munmap(unsigned long addr, size_t size)
{
	size_t at = addr / GRANULE, count = granules(size);

	initialize();
	if (addr % GRANULE || !size || !disposable(at, count, SHARED_MOST)) return -EINVAL;
	count = MIN(count, end - MIN(at, end));
	if (mapping_remove(addr, count)) return -ENOMEM;
	unmap(at, count);
	return 0;
}

/* Gives the granules [at + old, at + new), if they are free, the state how. */
static int extend(size_t at, size_t old, size_t new, int how)
{
	size_t limit = at + new;

	if (limit > LAST) return 0;
	if (!every(at + old, MIN(limit, end) - (at + old), FREE)) return 0;
	if (limit > end && (!grow(limit - end) || !every(at + old, new - old, FREE))) return 0;
	clear(at + old, new - old);
	mark(at + old, new - old, how);
	return 1;
}

/* Where the granules went, or 0. */
static size_t move(size_t at, size_t old, size_t new)
{
	size_t to = take(new, 1, state[at]);

	if (!to) return 0;
	__builtin_memcpy((void *)(to * GRANULE), (void *)(at * GRANULE), old * GRANULE);
	mark(at, old, FREE);
	return to;
}

void *memory_resize(void *address, size_t old, size_t new)
{
	size_t at = (unsigned long)address / GRANULE;

	if (!old) return memory_take(new);
	return memory_extend(address, old, new) ? address : (void *)(move(at, old, new) * GRANULE);
}

int memory_extend(void *address, size_t old, size_t new)
{
	return extend((unsigned long)address / GRANULE, old, new, KERNEL);
}

/* Where a shared mapping of a host's file lies once it is longer, or -errno. */
static long grow_mapping(size_t at, size_t old, size_t new, int flags)
{
	size_t to = at;

	if (!mapping_acts->is_whole(at * GRANULE, old)) return -EFAULT;
	if (!extend(at, old, new, MAPPED)) to = flags & MREMAP_MAYMOVE ? take(new, 1, MAPPED) : 0;
	if (!to) return -ENOMEM;
	if (to != at) __builtin_memcpy((void *)(to * GRANULE), (void *)(at * GRANULE), old * GRANULE);
	if (mapping_acts->grown(at * GRANULE, old, to * GRANULE, new)) {
		mark(to == at ? at + old : to, to == at ? new - old : new, FREE);
		return -ENOMEM;
	}
	if (to != at) mark(at, old, FREE);
	return to * GRANULE;
}

long sys_mremap(unsigned long addr, size_t size, size_t newsize, int flags, unsigned long newaddr)
{
	size_t at = addr / GRANULE, old = granules(size), new = granules(newsize);

	initialize();
	(void)newaddr;
	if (addr % GRANULE || !new || !old || flags & ~MREMAP_MAYMOVE) return -EINVAL;
	if (at < first || at > end || old > end - at) return -EFAULT;
	if (state[at] < SHARED && !every(at, old, MAPPED)) return -EFAULT;
	if (new < old) sys_munmap(addr + new * GRANULE, (old - new) * GRANULE);
	if (new <= old) return addr;
	if (state[at] >= SHARED) return -ENOMEM;
	if (mapping_any(addr, old)) return grow_mapping(at, old, new, flags);
	if (extend(at, old, new, MAPPED)) return addr;
	if (flags & MREMAP_MAYMOVE) at = move(at, old, new);
	return flags & MREMAP_MAYMOVE && at ? (long)(at * GRANULE) : -ENOMEM;
}

/* The rules of mprotect and kin for what lies outside any mapping. */
static long mapped(unsigned long addr, size_t size)
{
	if (addr % GRANULE) return -EINVAL;
	return memory_valid((void *)addr, granules(size) * GRANULE) || addr < GRANULE ? 0 : -ENOMEM;
}

/* Memory of wasm is always writable: the answer is for those who cannot mind. */
long sys_mprotect(unsigned long addr, size_t size, int prot)
{
	long error = mapped(addr, size);

	if (error || !mapping_acts || !(prot & PROT_WRITE)) return error;
	return mapping_acts->protect(addr, granules(size));
}

long sys_msync(unsigned long addr, size_t size, int flags)
{
	long error = flags & ~7 ? -EINVAL : mapped(addr, size);

	return error || !mapping_acts ? error : mapping_acts->sync(addr, granules(size));
}

long sys_mincore(unsigned long addr, size_t size, unsigned char *vec)
{
	long error = mapped(addr, size);

	if (error) return error;
	if (!memory_valid(vec, granules(size))) return -EFAULT;
	__builtin_memset(vec, 1, granules(size));
	return 0;
}

long sys_madvise(unsigned long addr, size_t size, int advice)
{
	size_t at = addr / GRANULE, count = granules(size);

	initialize();
	if (addr % GRANULE || advice < 0 || (advice > 4 && advice < 8)) return -EINVAL;
	if (advice != MADV_DONTNEED || !size) return 0;
	if (at < first || at > end || count > end - at) return -ENOMEM;
	if (!disposable(at, count, SHARED_MOST)) return -EINVAL;
	for (; count; at++, count--)
		if (state[at] == MAPPED && !mapping_any(at * GRANULE, 1))
			__builtin_memset((void *)(at * GRANULE), 0, GRANULE);
	return 0;
}

/* The break has a small region of its own, and grows while its neighbour is
 * free. mallocng keeps its own notes there, and takes to mmap at the end. */
#define BREAK_GRANULES 16

static unsigned long break_start, break_now, break_end;

static void break_init(void)
{
	size_t at = take(BREAK_GRANULES, 1, REGION);

	break_start = break_now = at * GRANULE;
	if (at) break_end = (at + BREAK_GRANULES) * GRANULE;
}

static int break_extend(unsigned long to)
{
	size_t at = break_start / GRANULE, old = break_end / GRANULE - at;

	if (to > LAST * GRANULE || !extend(at, old, granules(to) - at, REGION)) return 0;
	break_end = granules(to) * GRANULE;
	return 1;
}

long sys_brk(unsigned long to)
{
	if (!break_start) break_init();
	if (!break_start || to < break_start) return break_now;
	if (to > break_end && !break_extend(to)) return break_now;
	if (to < break_now) __builtin_memset((void *)to, 0, break_now - to);
	return break_now = to;
}
