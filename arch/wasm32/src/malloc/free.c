/* free: into the list of the block's class, if there is room. */
#include <stdlib.h>

#ifndef __wasm_atomics__

#include "malloc_cache.h"
#undef free

static void release(void *p, uint32_t word)
{
	struct list *list = __malloc_lists + CLASS(word);

	if (!__malloc_make_room(list)) {
		if (CLASS(word) != LARGE_CLASS || !list->count) {
			__malloc_give_back(p);
			return;
		}
		__malloc_give_back(list->blocks[0]);
		memmove(list->blocks, list->blocks+1, --list->count * sizeof *list->blocks);
	}
	put(list, p, WORD(p) | IN_LIST);
}

/* What is no block of a list, or of one without room. Not inlined: free would save registers for
 * it each time. */
static __attribute__((__noinline__)) void free_any(void *p)
{
	uint32_t word = WORD(p) ^ KEY(p);

	if ((word & FORM) == IN_USE) release(p, word);
	else __libc_free(p);
}

void free(void *p)
{
	uint32_t word;

	if (!p) return;
	word = WORD(p) ^ KEY(p);
	if ((word & FORM) != IN_USE) {
		if (!is_aligned(p)) {
			free_any(p);
			return;
		}
		void *below = block_below(p);
		WORD(p) = NOWHERE;
		WORD(below) ^= IN_USE ^ IN_LIST;
		p = below;
		word = WORD(p) ^ KEY(p);
	}
	if (!put(__malloc_lists + CLASS(word), p, WORD(p) | IN_LIST)) free_any(p);
}

#else
#include <../malloc/free.c>
#endif
