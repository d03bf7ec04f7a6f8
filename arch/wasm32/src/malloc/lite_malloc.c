/* malloc, and where it keeps what free was given. */
#ifndef __wasm_atomics__

#include "malloc_cache.h"
#undef malloc

struct list __malloc_lists[64];

/* size_to_class of up to 1020 bytes, by (bytes+IB-1)/UNIT. */
const unsigned char __malloc_classes[64] = {
	0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10, 11, 11, 11, 12,
	12, 12, 13, 13, 14, 14, 14, 14, 14, 15, 15, 15, 15, 15, 15, 16,
	16, 16, 16, 16, 17, 17, 17, 17, 17, 17, 18, 18, 18, 18, 18, 18,
	18, 18, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 20,
};

void *__malloc_fresh;

/* Of a class as many blocks as 1 MiB holds, or as many as are in use: half of all there are. */
unsigned __malloc_most(struct list *list)
{
	int class = list - __malloc_lists;
	unsigned some, half;

	if (class >= CLASSES) return class == LARGE_CLASS ? 4 : 0;
	some = 1024*1024/UNIT / size_classes[class];
	half = ctx.usage_by_class[class]/2;
	return some > half ? some : half;
}

int __malloc_make_room(struct list *list)
{
	unsigned most = __malloc_most(list), room = list->room ? 2*list->room : 16;
	void **blocks;

	if (room > most) room = most;
	if (room <= list->room) return 0;
	blocks = __libc_realloc(list->blocks, room * sizeof *blocks);
	if (!blocks) return 0;
	list->blocks = blocks;
	list->room = room;
	return 1;
}

/* mallocng has it again, as all of its slot. */
void __malloc_give_back(void *p)
{
	uint32_t word = WORD(p) ^ KEY(p), units = INDEX(word);

	if (CLASS(word) >= LARGE_CLASS) units = ((char *)p - (char *)large_group(p))/UNIT - 1;
	else units *= size_classes[SLOT_CLASS(word)];
	WORD(p) = units<<16 | INDEX(word)<<8;
	__libc_free(p);
}

static void empty(struct list *list)
{
	while (list->count) __malloc_give_back(list->blocks[--list->count]);
	__libc_free(list->blocks);
	*list = (struct list){ 0 };
}

/* mallocng's malloc; when there is no memory, once more without all that is kept. */
static __attribute__((__noinline__)) void *allocate(size_t n)
{
	void *p = __libc_malloc_impl(n);

	if (p || n >= SIZE_MAX/2 - 4096) return p;
	for (int i = 0; i <= LARGE_CLASS; i++) empty(__malloc_lists+i);
	return __libc_malloc_impl(n);
}

/* The slots that mallocng would give next, in that order. `word`: of a block in use, index 0. */
static void take_available(struct meta *g, uint32_t word)
{
	struct list *list = __malloc_lists + CLASS(word);

	while (list->count < list->room || __malloc_make_room(list)) {
		uint32_t mask = g->avail_mask, index = 31 - a_clz_32(mask);
		unsigned char *p = g->mem->storage + get_stride(g)*index;

		if (!mask) return;
		assert(!p[-4]);
		g->avail_mask = mask - (1u<<index);
		put(list, p, (word | IN_LIST | index<<8) ^ KEY(p));
	}
}

/* A block that has the room of its class, and is all of its slot: which may be of the next class,
 * as mallocng does it for the first ones of an even class. */
__attribute__((__noinline__)) void *__malloc_class(int class)
{
	unsigned char *p = allocate(UNIT*size_classes[class] - IB);
	uint32_t word = class<<16 | IN_USE, index;
	struct meta *g;

	if (!p) return 0;
	g = get_meta(p);
	if (g->sizeclass != class) word |= NEXT;
	take_available(g, word);
	index = get_slot_index(p);
	p = g->mem->storage + get_stride(g)*index;
	WORD(p) = (word | index<<8) ^ KEY(p);
	return p;
}

/* A block that was freed and of which no more than a fifth would be too much, or a new one. */
__attribute__((__noinline__)) void *__malloc_large(size_t n)
{
	struct list *list = __malloc_lists + LARGE_CLASS;
	void *p;

	for (unsigned i = list->count; n <= LARGE && i--;) {
		p = list->blocks[i];
		if (large_size(p) - n > n/4) continue;
		list->blocks[i] = list->blocks[--list->count];
		WORD(p) ^= IN_USE ^ IN_LIST;
		return p;
	}
	p = allocate(n);
	if (p) WORD(p) = LARGE_WORD(n) ^ KEY(p);
	return __malloc_fresh = p;
}

void *__malloc_cached(size_t n)
{
	return malloc_inline(n);
}

/* No alias of it: calls of one function by two names are the same to a loader that has a program's
 * malloc called instead. */
__attribute__((__weak__)) void *malloc(size_t n)
{
	return malloc_inline(n);
}

void *__libc_malloc(size_t n)
{
	return __libc_malloc_impl(n);
}

#else
#include <../malloc/lite_malloc.c>
#endif
