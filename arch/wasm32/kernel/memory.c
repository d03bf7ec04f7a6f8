/* The memory manager: owns all memory above the kernel's own data.
 *
 * One byte of state per granule, apart from the memory it describes: no write
 * of the guest's, however wild, into memory that it was given can disturb the
 * bookkeeping, neighbours coalesce by themselves, and any part of a region can
 * be given back. First fit keeps the memory dense; nothing ever shrinks it. */
#include "granule.h"
#include "linux.h"

#define WASM_PAGE 65536UL

extern u8 __global_base[], __heap_base[];

u8 granule_state[GRANULES];
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
	__builtin_memset(granule_state + end, REGION, upto - end);
	end = fresh = upto;
}

void granule_initialize(void)
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
		while (i > at && granule_state[i - 1] == FREE) i--;
		if (i == at) return at;
		at = (i + align - 1) & -align;
	}
	return 0;
}

void granule_mark(size_t at, size_t count, int how)
{
	__builtin_memset(granule_state + at, how, count);
	if (how == FREE) {
		if (at < lowest) lowest = at;
		return;
	}
	if (at <= lowest) while (lowest < end && granule_state[lowest] != FREE) lowest++;
}

void granule_clear(size_t at, size_t count)
{
	size_t used = at + count < fresh ? at + count : fresh;

	if (at < used) __builtin_memset((void *)(at * GRANULE), 0, (used - at) * GRANULE);
	if (at + count > fresh) fresh = at + count;
}

static size_t free_tail(void)
{
	size_t at = end;

	while (at > lowest && granule_state[at - 1] == FREE) at--;
	return end - at;
}

size_t granule_take(size_t count, size_t align, int how)
{
	size_t at;

	granule_initialize();
	if (!count || count > LAST) return 0;
	while (!(at = find(count, align))) {
		size_t tail = free_tail();
		size_t need = (-(end - tail) & (align - 1)) + count;
		if (!grow(need > tail ? need - tail : 1)) return 0;
	}
	if (how != NONE) granule_clear(at, count);
	granule_mark(at, count, how);
	return at;
}

int granule_every(size_t at, size_t count, int how)
{
	for (; count; at++, count--) if (granule_state[at] != how) return 0;
	return 1;
}

int granule_reach(size_t limit)
{
	return limit <= end || grow(limit - end);
}

size_t granule_clip(size_t at, size_t count)
{
	return MIN(count, end - MIN(at, end));
}

int granule_managed(size_t at, size_t count)
{
	return at >= first && at <= end && count <= end - at;
}

int granule_disposable(size_t at, size_t count, int most)
{
	if (at < first || at > LAST || count > LAST - at) return 0;
	for (; count; at++, count--)
		if (granule_state[at] == REGION || granule_state[at] == KERNEL || granule_state[at] > most) return 0;
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
		if (a < first || granule_state[a] == FREE || granule_state[a] == KERNEL || granule_state[a] == NONE)
			return 0;
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
	return (void *)(granule_take(count, 1, KERNEL) * GRANULE);
}

void memory_give(void *address, size_t count)
{
	granule_mark((unsigned long)address / GRANULE, count, FREE);
}

void *memory_region(size_t size, size_t align)
{
	if (align & (align - 1)) return NULL;
	return (void *)(granule_take(granules(size ? size : 1), align > GRANULE ? align / GRANULE : 1,
		REGION) * GRANULE);
}

int memory_share(void *address, size_t count)
{
	size_t at = (unsigned long)address / GRANULE;

	for (size_t i = 0; i < count; i++) if (granule_state[at + i] == SHARED_MOST) return 0;
	for (size_t i = 0; i < count; i++) granule_state[at + i]++;
	return 1;
}

int memory_is_shared(const void *address, size_t count)
{
	size_t at = (unsigned long)address / GRANULE;

	for (; count; at++, count--) if (granule_state[at] >= SHARED) return 1;
	return 0;
}

u64 memory_total(void)
{
	return memory_size();
}

size_t granule_used(void)
{
	return end - (size_t)(memory_free() / GRANULE);
}

u64 memory_free(void)
{
	u64 count = 0;

	for (size_t i = first; i < end; i++) count += granule_state[i] == FREE;
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
	if (granule_every(at, count, REGION)) granule_mark(at, count, FREE);
}

int granule_extend(size_t at, size_t old, size_t new, int how)
{
	size_t limit = at + new;

	if (limit > LAST) return 0;
	if (!granule_every(at + old, MIN(limit, end) - (at + old), FREE)) return 0;
	if (limit > end && (!grow(limit - end) || !granule_every(at + old, new - old, FREE))) return 0;
	granule_clear(at + old, new - old);
	granule_mark(at + old, new - old, how);
	return 1;
}

size_t granule_move(size_t at, size_t old, size_t new)
{
	size_t to = granule_take(new, 1, granule_state[at]);

	if (!to) return 0;
	__builtin_memcpy((void *)(to * GRANULE), (void *)(at * GRANULE), old * GRANULE);
	granule_mark(at, old, FREE);
	return to;
}

void *memory_resize(void *address, size_t old, size_t new)
{
	size_t at = (unsigned long)address / GRANULE;

	if (!old) return memory_take(new);
	return memory_extend(address, old, new) ? address : (void *)(granule_move(at, old, new) * GRANULE);
}

int memory_extend(void *address, size_t old, size_t new)
{
	return granule_extend((unsigned long)address / GRANULE, old, new, KERNEL);
}
