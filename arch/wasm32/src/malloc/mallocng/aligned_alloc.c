/* aligned_alloc: from what free was given, too. */
#ifndef __wasm_atomics__
#include "malloc_cache.h"

#define aligned_alloc __malloc_aligned
hidden void *__malloc_aligned(size_t, size_t);
#include <../malloc/mallocng/aligned_alloc.c>
#undef aligned_alloc

/* A block that is all of its slot, framed anew from the first such address in it. */
void *aligned_alloc(size_t align, size_t len)
{
	unsigned char *p;
	size_t above;
	uint32_t header, offset;

	if (align > PAGESIZE || (align & -align) != align || len >= MMAP_THRESHOLD - PAGESIZE
	    || DISABLE_ALIGNED_ALLOC) return __malloc_aligned(align, len);
	if (align <= UNIT) return __malloc_cached(len);
	p = __malloc_cached(len + align - UNIT);
	if (!p) return 0;
	above = -(uintptr_t)p & (align-1);
	header = HEADER(p);
	offset = (header>>16) + above/UNIT;
	if (!above) return p;
	if (header & UNUSUAL || offset > 0xffff) {
		free(p);
		return __malloc_aligned(align, len);
	}
	HEADER(p) = above/UNIT<<16 | 7<<13;
	p += above;
	HEADER(p) = offset<<16 | (header & 0x1f00);
	return p;
}

#else
#include <../malloc/mallocng/aligned_alloc.c>
#endif
