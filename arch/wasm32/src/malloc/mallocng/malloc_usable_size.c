/* malloc_usable_size: of blocks whose class is in the word before them, too. */
#ifndef __wasm_atomics__
#include "malloc_cache.h"

#define malloc_usable_size __malloc_usable_size
static size_t __malloc_usable_size(void *);
#include <../malloc/mallocng/malloc_usable_size.c>
#undef malloc_usable_size

size_t malloc_usable_size(void *p)
{
	uint32_t word;
	unsigned char *below;

	if (!p) return 0;
	word = WORD(p) ^ KEY(p);
	if ((word & FORM) == IN_USE) return size_of(p, word);
	if (!is_aligned(p)) return __malloc_usable_size(p);
	below = block_below(p);
	return size_of(below, WORD(below) ^ KEY(below)) - ((unsigned char *)p - below);
}

#else
#include <../malloc/mallocng/malloc_usable_size.c>
#endif
