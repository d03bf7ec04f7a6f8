/* free of a block that mallocng has mapped by itself. */
#ifndef __wasm_atomics__

#include "malloc_cache.h"

struct large __malloc_large[LARGE_BLOCKS];
static unsigned oldest;

int __malloc_keep_large(void *block, struct meta *g)
{
	unsigned char *p = block;
	size_t size = g->mem->storage + get_stride(g) - IB - p;
	int i = 0;

	if (size > LARGE + PAGESIZE) return 0;
	while (i < LARGE_BLOCKS && __malloc_large[i].start) i++;
	if (i == LARGE_BLOCKS) {
		i = oldest++ % LARGE_BLOCKS;
		free(take_large(__malloc_large+i));
	}
	__malloc_large[i].start = p;
	__malloc_large[i].size = size;
	HEADER(p) |= CACHED;
	return 1;
}

#endif
