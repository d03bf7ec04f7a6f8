/* free: into the list of the block's class, if there is room. */
#include <stdlib.h>

#ifndef __wasm_atomics__

#include "malloc_cache.h"
#undef free

/* Into a list that is full. If there are too many in it by now, one more goes back to mallocng. */
static void release(void *p, uint32_t word)
{
	struct list *list = __malloc_lists + CLASS(word);
	void *oldest;

	if (__malloc_make_room(list)) {
		put(list, p, WORD(p) | IN_LIST);
	} else if (CLASS(word) == LARGE_CLASS && list->count) {
		oldest = list->blocks[0];
		memmove(list->blocks, list->blocks+1, --list->count * sizeof oldest);
		put(list, p, WORD(p) | IN_LIST);
		__malloc_give_back(oldest);
	} else {
		__malloc_give_back(p);
		if (list->count <= __malloc_most(list)) return;
		__malloc_give_back(list->blocks[--list->count]);
		list->room = list->count;
	}
}

/* What is no block of a list, or of one without room. Not inlined: free would save registers for
 * it each time. */
static __attribute__((__noinline__)) void free_any(void *p)
{
	uint32_t word = WORD(p) ^ KEY(p);

	if ((word & FORM) == IN_USE) release(p, word);
	else __libc_free(p);
}

static inline void free_inline(void *p)
{
	uint32_t word;
	void *below;

	if (!p) return;
	word = WORD(p) ^ KEY(p);
	if ((word & FORM) == IN_USE) {
		if (put(__malloc_lists + CLASS(word), p, WORD(p) | IN_LIST)) return;
	} else if (is_aligned(p)) {
		below = block_below(p);
		WORD(p) = NOWHERE;
		p = below;
		word = WORD(p) ^ KEY(p);
		if (put(__malloc_lists + CLASS(word), p, WORD(p))) return;
		WORD(p) ^= IN_USE ^ IN_LIST;
	}
	free_any(p);
}

void free(void *p)
{
	free_inline(p);
}

void __malloc_free(void *p)
{
	free_inline(p);
}

#else
#include <../malloc/free.c>
#endif
