/* realloc: from what free was given, too. */
#include <stdlib.h>

#ifndef __wasm_atomics__

#include <string.h>
#include "malloc_cache.h"
#undef malloc
#undef realloc

/* mallocng keeps a block in its place if that is of the new size's class or the next. */
static inline int fits(size_t n, int class)
{
	if (class < 2) return n <= UNIT*size_classes[class] - IB;
	return n <= UNIT*size_classes[class] - IB && n > UNIT*size_classes[class-2] - IB;
}

/* A large one stays large: then no byte needs to be copied. It is mallocng's if that fails. */
static void *remap(void *p, size_t n)
{
	WORD(p) = ((char *)p - (char *)large_group(p))/UNIT - 1 << 16;
	p = __libc_realloc(p, n);
	if (p) WORD(p) = LARGE_WORD(n) ^ KEY(p);
	return p;
}

static void *move(void *p, size_t n, size_t size)
{
	void *new = __malloc_cached(n);

	if (!new) return 0;
	memcpy(new, p, n < size ? n : size);
	__malloc_free(p);
	return new;
}

static __attribute__((__noinline__)) void *realloc_any(unsigned char *p, size_t n)
{
	uint32_t word = WORD(p) ^ KEY(p);
	unsigned char *below;
	void *new;

	if ((word & FORM) == IN_USE) {
		if (n >= MMAP_THRESHOLD && n < SIZE_MAX/2 - 4096) {
			new = remap(p, n);
			if (new) return new;
		}
		return move(p, n, large_size(p));
	}
	if (!is_aligned(p)) return __libc_realloc(p, n);
	below = block_below(p);
	return move(p, n, size_of(below, WORD(below) ^ KEY(below)) - (p - below));
}

void *realloc(void *p, size_t n)
{
	uint32_t word;

	if (!p) return malloc_inline(n);
	word = WORD(p) ^ KEY(p);
	if ((word & FORM) != IN_USE || CLASS(word) >= CLASSES) return realloc_any(p, n);
	if (fits(n, CLASS(word))) return p;
	return move(p, n, UNIT*size_classes[CLASS(word)] - IB);
}

#else
#include <../malloc/realloc.c>
#endif
