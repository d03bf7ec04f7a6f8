/* malloc, and where it keeps what free was given. */
#ifndef __wasm_atomics__

#include "malloc_cache.h"
#undef malloc

/* 256 blocks of each class, or as many as 512 KiB hold. */
#define ROOM(units) { 0, 32768/(units) < 256 ? 32768/(units) : 256 }

struct list __malloc_lists[LISTS] = {
	ROOM(1), ROOM(2), ROOM(3), ROOM(4), ROOM(5), ROOM(6), ROOM(7), ROOM(8),
	ROOM(9), ROOM(10), ROOM(12), ROOM(15), ROOM(18), ROOM(20), ROOM(25), ROOM(31),
	ROOM(36), ROOM(42), ROOM(50), ROOM(63), ROOM(72), ROOM(84), ROOM(102), ROOM(127),
	ROOM(146), ROOM(170), ROOM(204), ROOM(255), ROOM(292), ROOM(340), ROOM(409), ROOM(511),
	ROOM(584), ROOM(682), ROOM(818), ROOM(1023), ROOM(1169), ROOM(1364), ROOM(1637), ROOM(2047),
	ROOM(2340), ROOM(2730), ROOM(3276), ROOM(4095), ROOM(4680), ROOM(5460), ROOM(6552), ROOM(8191),
};

/* size_to_class of up to 1020 bytes, by (bytes+IB-1)/UNIT. */
static const unsigned char classes[64] = {
	0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10, 11, 11, 11, 12,
	12, 12, 13, 13, 14, 14, 14, 14, 14, 15, 15, 15, 15, 15, 15, 16,
	16, 16, 16, 16, 17, 17, 17, 17, 17, 17, 18, 18, 18, 18, 18, 18,
	18, 18, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 20,
};

void *__malloc_fresh;

static inline void *take(struct list *list)
{
	void **p = list->top;

	list->top = *p;
	list->room++;
	HEADER(p) &= ~CACHED;
	return p;
}

/* mallocng's malloc; when there is no memory, once more with all that is kept. */
static __attribute__((__noinline__)) void *allocate(size_t n)
{
	void *p = __libc_malloc_impl(n);

	if (p || n >= SIZE_MAX/2 - 4096) return p;
	for (int i = 0; i < LISTS; i++) while (__malloc_lists[i].top) __libc_free(take(__malloc_lists+i));
	for (int i = 0; i < LARGE_BLOCKS; i++)
		if (__malloc_large[i].start) __libc_free(take_large(__malloc_large+i));
	return __libc_malloc_impl(n);
}

/* A block of a list is as large as its class: so what is to be one, too. An even class may
 * have had its blocks from the next, as mallocng does for the first ones. */
static void *allocate_class(int class)
{
	if (!(class & 1) && __malloc_lists[class+1].top) return take(__malloc_lists+class+1);
	return allocate(UNIT*size_classes[class] - IB);
}

/* A block that was freed and of which no more than a fifth would be too much, or a new one. */
static __attribute__((__noinline__)) void *allocate_large(size_t n)
{
	__malloc_fresh = 0;
	for (struct large *l = __malloc_large; n <= LARGE && l < __malloc_large+LARGE_BLOCKS; l++)
		if (l->start && l->size >= n && l->size - n <= n/4) return take_large(l);
	return __malloc_fresh = allocate(n);
}

void *__malloc_cached(size_t n)
{
	int class;

	if (n <= 1020) class = classes[(n+IB-1)/UNIT];
	else if (n < MMAP_THRESHOLD) class = size_to_class(n);
	else return allocate_large(n);
	if (__malloc_lists[class].top) return take(__malloc_lists+class);
	return allocate_class(class);
}

weak_alias(__malloc_cached, malloc);

void *__libc_malloc(size_t n)
{
	return __libc_malloc_impl(n);
}

#else
#include <../malloc/lite_malloc.c>
#endif
