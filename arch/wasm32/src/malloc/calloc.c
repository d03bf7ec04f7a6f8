/* calloc: what malloc has from the kernel, and not from free, is zero. The generic one asks
 * mallocng, which does not know. */
#ifndef __wasm_atomics__

#include <errno.h>
#include <string.h>
#include "malloc_cache.h"
#include "small.h"
#undef malloc

void *malloc(size_t);

void *calloc(size_t m, size_t n)
{
	void *p;

	if (n && m > (size_t)-1/n) {
		errno = ENOMEM;
		return 0;
	}
	n *= m;
	__malloc_fresh = 0;
	p = malloc(n);
	if (!p || (p == __malloc_fresh)) return p;
	if (n > SMALL) return memset(p, 0, n);
	fill_small(p, 0, n);
	return p;
}

#else
#include <../malloc/calloc.c>
#endif
