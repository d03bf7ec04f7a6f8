/* aligned_alloc: from what free was given, too. */
#ifndef __wasm_atomics__
#include "malloc_cache.h"

#define aligned_alloc __malloc_aligned
static __attribute__((__noinline__)) void *__malloc_aligned(size_t, size_t);
#include <../malloc/mallocng/aligned_alloc.c>
#undef aligned_alloc

/* A block of a list, from the first such address in it. */
void *aligned_alloc(size_t align, size_t len)
{
	unsigned char *p;
	size_t above;

	if (align > PAGESIZE || (align & -align) != align || len > SIZE_MAX - PAGESIZE
	    || DISABLE_ALIGNED_ALLOC) return __malloc_aligned(align, len);
	if (align <= UNIT) return __malloc_cached(len);
	p = malloc_inline(len + align - UNIT);
	above = -(uintptr_t)p & (align-1);
	if (!above) return p;
	WORD(p) |= IN_LIST;
	p += above;
	WORD(p) = (above/UNIT<<8 | ALIGNED) ^ ALIGNED_KEY(p);
	return p;
}

#else
#include <../malloc/mallocng/aligned_alloc.c>
#endif
