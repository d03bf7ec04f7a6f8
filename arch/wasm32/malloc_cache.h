/* Freed blocks, which malloc gives out again before it asks mallocng.
 *
 * mallocng, which stays as it is below, packs memory tightly, and pays for it
 * where a program frees and allocates the like again and again: groups of
 * slots are taken apart and made anew, or memory is mapped, zeroed and
 * unmapped. So there is a list for each of its size classes, every block of
 * which is at least as large as the class, and a few large blocks beside.
 *
 * A block in a list is still an allocated one for mallocng, but its header
 * says a reserved size of 7, which mallocng never writes there: freeing it
 * once more, or asking for its size, ends in a trap as ever. */
#include <../malloc/mallocng/meta.h>

#define LISTS 48

struct list {
	void **top;    /* the first word of each block leads to the next */
	unsigned room; /* for how many more */
};

hidden extern struct list __malloc_lists[LISTS];

/* malloc, for the libc's own use: a program may have another. */
hidden void *__malloc_cached(size_t);

/* The word before a block: a byte that is 0, five bits of index and three of
 * reserved size, the offset in the group. The bits of UNUSUAL are 0 in a block
 * that is all of its slot. */
#define HEADER(p) ((uint32_t *)(p))[-1]
#define CACHED 0xe000U
#define UNUSUAL 0xe0ffU

/* The last few blocks freed of those that mallocng maps one by one, none larger than LARGE. */
#define LARGE 4194304
#define LARGE_BLOCKS 4

struct large {
	unsigned char *start; /* as malloc gave it; 0: none */
	size_t size;          /* that it has room for */
};

hidden extern struct large __malloc_large[LARGE_BLOCKS];
hidden int __malloc_keep_large(void *, struct meta *);

static inline void *take_large(struct large *large)
{
	unsigned char *p = large->start;

	large->start = 0;
	HEADER(p) &= ~CACHED;
	return p;
}

/* The last block of mmap's size that malloc gave, if it is zero because it is new. */
hidden extern void *__malloc_fresh;
