/* What the guest maps, and its break. */
#include "file.h"
#include "granule.h"
#include "host.h"
#include "mmap.h"
#include "syscalls.h"
#include "tmpfs.h"

int (*mmap_allowed)(size_t count);

/* The break has a small region of its own, and grows while its neighbour is
 * free. mallocng keeps its own notes there, and takes to mmap at the end. */
#define BREAK_GRANULES 16

static unsigned long break_start, break_now, break_end;

/* What is mapped there stays the break's. */
static int in_break(size_t at, size_t count)
{
	return break_start && at >= break_start / GRANULE && at + count <= break_end / GRANULE;
}

/* Where a mapping without MAP_FIXED goes, or -errno for one with. */
static long place(size_t at, size_t count, int flags, int how)
{
	size_t got;

	if (mmap_allowed && !mmap_allowed(count)) return -ENOMEM;
	if (!(flags & (MAP_FIXED | MAP_FIXED_NOREPLACE))) {
		got = granule_take(count, 1, how);
		return got ? (long)(got * GRANULE) : -ENOMEM;
	}
	granule_initialize();
	if (in_break(at, count)) {
		granule_clear(at, count);
		return flags & MAP_FIXED_NOREPLACE ? -EEXIST : (long)(at * GRANULE);
	}
	if (!granule_disposable(at, count, NONE)) return -ENOMEM;
	if (!granule_reach(at + count)) return -ENOMEM;
	if (!granule_disposable(at, count, NONE)) return -ENOMEM;
	if (flags & MAP_FIXED_NOREPLACE && !granule_every(at, count, FREE)) return -EEXIST;
	if (mapping_remove(at * GRANULE, count)) return -ENOMEM;
	if (how != NONE) granule_clear(at, count);
	granule_mark(at, count, how);
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

/* Whether it could be memory that is mapped already. */
static int may_be_again(int flags)
{
	return mapping_acts && !(flags & (MAP_ANONYMOUS | MAP_FIXED | MAP_FIXED_NOREPLACE))
		&& (flags & MAP_TYPE) != MAP_PRIVATE;
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
	if (may_be_again(flags)) {
		at = mapping_acts->again(fd_file(fd), granules(size), (u64)page * GRANULE, prot & PROT_WRITE);
		if (at) return at;
	}
	at = place(addr / GRANULE, granules(size), flags, flags & MAP_ANONYMOUS && !prot ? NONE : MAPPED);
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
		for (n = 0; n < count && granule_state[at + n] < SHARED; n++);
		if (n) granule_mark(at, n, FREE);
		else granule_state[at]--, shared = n = 1;
	}
	if (shared) tmpfs_unmapped();
}

long sys_munmap(unsigned long addr, size_t size)
{
	size_t at = addr / GRANULE, count = granules(size);

	granule_initialize();
	if (addr % GRANULE || !size) return -EINVAL;
	if (in_break(at, count)) return 0;
	if (!granule_disposable(at, count, SHARED_MOST)) return -EINVAL;
	count = granule_clip(at, count);
	if (mapping_any(addr, count) && mapping_acts->still(addr, count)) return 0;
	if (mapping_remove(addr, count)) return -ENOMEM;
	unmap(at, count);
	return 0;
}

/* Memory that was not to be touched gets its zeros now. */
static void touch(size_t at, size_t count)
{
	if (!granule_managed(at, count)) return;
	for (; count; at++, count--) {
		if (granule_state[at] != NONE) continue;
		granule_clear(at, 1);
		granule_mark(at, 1, MAPPED);
	}
}

/* Where a shared mapping of a host's file lies once it is longer, or -errno. */
static long grow_mapping(size_t at, size_t old, size_t new, int flags)
{
	size_t to = at;

	if (!mapping_acts->is_whole(at * GRANULE, old)) return -EFAULT;
	if (!granule_extend(at, old, new, MAPPED)) to = flags & MREMAP_MAYMOVE ? granule_take(new, 1, MAPPED) : 0;
	if (!to) return -ENOMEM;
	if (to != at) __builtin_memcpy((void *)(to * GRANULE), (void *)(at * GRANULE), old * GRANULE);
	if (mapping_acts->grown(at * GRANULE, old, to * GRANULE, new)) {
		granule_mark(to == at ? at + old : to, to == at ? new - old : new, FREE);
		return -ENOMEM;
	}
	if (to != at) granule_mark(at, old, FREE);
	return to * GRANULE;
}

long sys_mremap(unsigned long addr, size_t size, size_t newsize, int flags, unsigned long newaddr)
{
	size_t at = addr / GRANULE, old = granules(size), new = granules(newsize);

	granule_initialize();
	(void)newaddr;
	if (addr % GRANULE || !new || !old || flags & ~MREMAP_MAYMOVE) return -EINVAL;
	if (!granule_managed(at, old)) return -EFAULT;
	touch(at, old);
	if (granule_state[at] < SHARED && !granule_every(at, old, MAPPED)) return -EFAULT;
	if (new > old && mmap_allowed && !mmap_allowed(new - old)) return -ENOMEM;
	if (new < old) sys_munmap(addr + new * GRANULE, (old - new) * GRANULE);
	if (new <= old) return addr;
	if (granule_state[at] >= SHARED) return -ENOMEM;
	if (mapping_any(addr, old)) return grow_mapping(at, old, new, flags);
	if (granule_extend(at, old, new, MAPPED)) return addr;
	if (flags & MREMAP_MAYMOVE) at = granule_move(at, old, new);
	return flags & MREMAP_MAYMOVE && at ? (long)(at * GRANULE) : -ENOMEM;
}

/* Whether all of it is the guest's, but some is not to be touched yet. */
static int reserved(size_t at, size_t count)
{
	granule_initialize();
	if (!granule_managed(at, count)) return 0;
	for (; count; at++, count--)
		if (granule_state[at] == FREE || granule_state[at] == KERNEL) return 0;
	return 1;
}

/* The rules of mprotect and kin for what lies outside any mapping. */
static long mapped(unsigned long addr, size_t size)
{
	if (addr % GRANULE) return -EINVAL;
	return memory_valid((void *)addr, granules(size) * GRANULE) || addr < GRANULE
		|| reserved(addr / GRANULE, granules(size)) ? 0 : -ENOMEM;
}

/* Memory of wasm is always writable: the answer is for those who cannot mind. */
long sys_mprotect(unsigned long addr, size_t size, int prot)
{
	long error = mapped(addr, size);

	if (!error && prot) touch(addr / GRANULE, granules(size));
	if (error || !mapping_acts || !(prot & PROT_WRITE)) return error;
	return mapping_acts->protect(addr, granules(size));
}

long sys_msync(unsigned long addr, size_t size, int flags)
{
	long error = flags & ~7 || (flags & 5) == 5 ? -EINVAL : mapped(addr, size);

	if (!error) tmpfs_synced((void *)addr, granules(size));
	return error || !mapping_acts ? error : mapping_acts->sync(addr, granules(size));
}

static long lock(unsigned long addr, size_t size)
{
	size += addr % GRANULE;
	return size && mapped(addr & -GRANULE, size) ? -ENOMEM : 0;
}

long sys_mlock(unsigned long addr, size_t size)
{
	return lock(addr, size);
}

long sys_munlock(unsigned long addr, size_t size)
{
	return lock(addr, size);
}

long sys_mlock2(unsigned long addr, size_t size, unsigned flags)
{
	return flags & ~1U ? -EINVAL : lock(addr, size);
}

long sys_mlockall(int flags)
{
	return !flags || flags & ~7 || flags == 4 ? -EINVAL : 0;
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

	granule_initialize();
	if (addr % GRANULE || advice < 0 || (advice > 4 && advice < 8)) return -EINVAL;
	if (advice != MADV_DONTNEED || !size) return 0;
	if (!granule_managed(at, count)) return -ENOMEM;
	if (!granule_disposable(at, count, SHARED_MOST)) return -EINVAL;
	for (; count; at++, count--)
		if (granule_state[at] == MAPPED && !mapping_any(at * GRANULE, 1))
			__builtin_memset((void *)(at * GRANULE), 0, GRANULE);
	return 0;
}

static void break_init(void)
{
	size_t at = granule_take(BREAK_GRANULES, 1, REGION);

	break_start = break_now = at * GRANULE;
	if (at) break_end = (at + BREAK_GRANULES) * GRANULE;
}

static int break_extend(unsigned long to)
{
	size_t at = break_start / GRANULE, old = break_end / GRANULE - at;

	if (to > LAST * GRANULE || !granule_extend(at, old, granules(to) - at, REGION)) return 0;
	break_end = granules(to) * GRANULE;
	return 1;
}

long sys_brk(unsigned long to)
{
	if (!break_start) break_init();
	if (!break_start || to < break_start) return break_now;
	if (to > break_now && mmap_allowed && !mmap_allowed(granules(to - break_now))) return break_now;
	if (to > break_end && !break_extend(to)) return break_now;
	if (to < break_now) __builtin_memset((void *)to, 0, break_now - to);
	return break_now = to;
}
