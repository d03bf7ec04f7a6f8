/* free: into the list of the block's class, if there is room. */
#include <stdlib.h>

#ifndef __wasm_atomics__

#include "malloc_cache.h"
#undef free

static int put(struct list *list, void *start, uint32_t header)
{
	if (!list->room) return 0;
	list->room--;
	*(void **)start = list->top;
	list->top = start;
	HEADER(start) = header | CACHED;
	return 1;
}

/* Any block, with mallocng's checks. Not inlined: free would save registers for it each time. */
static __attribute__((__noinline__)) void free_any(unsigned char *p)
{
	struct meta *g = get_meta(p);
	uint32_t index = get_slot_index(p);
	size_t stride = get_stride(g);
	unsigned char *start = g->mem->storage + stride*index;
	uint32_t offset = (start - g->mem->storage)/UNIT;

	get_nominal_size(p, start + stride - IB);
	if (g->sizeclass >= LISTS) {
		if (__malloc_keep_large(p, g)) return;
	} else if (stride >= UNIT*size_classes[g->sizeclass] && __malloc_lists[g->sizeclass].room) {
		HEADER(p) |= CACHED;
		put(__malloc_lists + g->sizeclass, start, offset<<16 | index<<8);
		return;
	}
	__libc_free(p);
}

/* The same for a block of no reserved size, which are those that malloc and aligned_alloc give,
 * with the checks that cost nothing beside. */
static inline int keep_usual(unsigned char *p, uint32_t header)
{
	struct group *base = (void *)(p - (header>>16)*UNIT - UNIT);
	struct meta *g = base->meta;
	size_t units, above;

	if (g->mem != base) return 0;
	if (g->sizeclass >= LISTS) return __malloc_keep_large(p, g);
	units = size_classes[g->sizeclass];
	if (!g->last_idx && g->maplen && get_stride(g) < UNIT*units) return 0;
	above = (header>>16) - units * (header>>8 & 31);
	if (!above) return put(__malloc_lists + g->sizeclass, p, header);
	if (above >= units || !__malloc_lists[g->sizeclass].room) return 0;
	HEADER(p) |= CACHED;
	return put(__malloc_lists + g->sizeclass, p - above*UNIT, header - (above<<16));
}

void free(void *p)
{
	if (!p) return;
	uint32_t header = HEADER(p);
	if (header & UNUSUAL || !keep_usual(p, header)) free_any(p);
}

#else
#include <../malloc/free.c>
#endif
