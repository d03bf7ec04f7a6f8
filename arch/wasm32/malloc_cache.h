/* Freed blocks, which malloc gives out again before it asks mallocng.
 *
 * mallocng, which stays as it is below, packs memory tightly, and pays for it
 * where a program frees and allocates the like again and again: groups of
 * slots are taken apart and made anew, or memory is mapped, zeroed and
 * unmapped. So there is a list for each of its size classes, and a few large
 * blocks beside. For mallocng a block is an allocated one as long as it is
 * here, with the program or in a list.
 *
 * The word before a block is then none of mallocng's: from its class free
 * finds the list, without a look at the group. Of what mallocng reads, while
 * it works at the block before, it keeps the lowest byte, which is 0. */
#include <../malloc/mallocng/meta.h>

#define CLASSES 48

/* From the lowest bit: 8 of 0, 5 of index in the group, 3 of state, 6 of class, one that says that
 * the slot is of the next class, 9 of the address: what is no block, or was written over, has them
 * hardly ever. mallocng knows no block with one of these states, and traps. */
#define WORD(p) ((uint32_t *)(p))[-1]
#define KEY(p) ((uint32_t)(uintptr_t)(p) << 19)
#define FORM 0xff80e0ffU
#define IN_USE 0xc000U
#define IN_LIST 0xe000U
#define INDEX(word) ((word)>>8 & 31)
#define CLASS(word) ((word)>>16 & 63)
#define SLOT_CLASS(word) (CLASS(word) + ((word)>>22 & 1))
#define NEXT 0x400000U

/* A block which starts further up in that of a list, for its alignment: a byte that says so, one
 * of distance in units, 16 bits of the address. The state of the block below is IN_LIST. */
#define ALIGNED_KEY(p) ((uint32_t)(uintptr_t)(p)>>4 << 16)
#define ALIGNED_FORM 0xffff00ffU
#define ALIGNED 2U
#define NOWHERE 0xff00U

/* Classes of blocks that mallocng maps one by one: those that may be in a list, those that are
 * larger than LARGE. */
#define LARGE_CLASS 62
#define HUGE_CLASS 63
#define LARGE 4194304
#define LARGE_WORD(n) (((n) > LARGE ? HUGE_CLASS : LARGE_CLASS)<<16 | IN_USE)

struct list {
	unsigned count, room;
	void **blocks;
} __attribute__((__aligned__(16)));

hidden extern struct list __malloc_lists[64];

hidden extern const unsigned char __malloc_classes[64];

/* The class that has as many units, or at times the next: from 9 units on there are four to a power
 * of two, 4/7, 2/3, 4/5 and 1 of it, and none of them is less than that by two. */
static inline int class_of_more(uint32_t units)
{
	int zeros = a_clz_32(units);

	return 4*(30-zeros) + (units >= 0x92492492U>>zeros) + (units >= 0xaaaaaaaaU>>zeros)
		+ (units >= 0xccccccccU>>zeros);
}

/* From a list that is not empty. */
static inline void *take(struct list *list)
{
	void *p = list->blocks[--list->count];

	WORD(p) ^= IN_USE ^ IN_LIST;
	return p;
}

static inline int put(struct list *list, void *p, uint32_t word)
{
	if (list->count == list->room) return 0;
	list->blocks[list->count++] = p;
	WORD(p) = word;
	return 1;
}

hidden void *__malloc_class(int);
hidden void *__malloc_large(size_t);

static inline void *malloc_inline(size_t n)
{
	int class;

	if (n <= 1020) class = __malloc_classes[(n+IB-1)/UNIT];
	else if (n < MMAP_THRESHOLD) class = class_of_more((n+IB-1)/UNIT + 1);
	else return __malloc_large(n);
	if (__malloc_lists[class].count) return take(__malloc_lists+class);
	return __malloc_class(class);
}

/* malloc and free, for the libc's own use: a program may have others. */
hidden void *__malloc_cached(size_t);
hidden void __malloc_free(void *);

hidden unsigned __malloc_most(struct list *);
hidden int __malloc_make_room(struct list *);
hidden void __malloc_give_back(void *);

/* The last block of mmap's size that malloc had from mallocng, which is zero. calloc sets it to 0
 * before it calls malloc. */
hidden extern void *__malloc_fresh;

/* mallocng maps it for itself, and has it start at most 255 units above the group's 16 bytes. */
static inline struct group *large_group(const void *p)
{
	return (void *)(((uintptr_t)p - UNIT) & -PAGESIZE);
}

static inline size_t large_size(const unsigned char *p)
{
	struct group *base = large_group(p);
	struct meta *g = base->meta;

	assert(g->mem == base && g->sizeclass == 63);
	return (unsigned char *)base + g->maplen*4096UL - IB - p;
}

/* Of a block that is in use, how much room there is. */
static inline size_t size_of(const void *p, uint32_t word)
{
	return CLASS(word) >= LARGE_CLASS ? large_size(p) : UNIT*size_classes[CLASS(word)] - IB;
}

static inline int is_aligned(const void *p)
{
	return ((WORD(p) ^ ALIGNED_KEY(p)) & ALIGNED_FORM) == ALIGNED;
}

/* The block of a list in which one lies that is aligned. */
static inline unsigned char *block_below(unsigned char *p)
{
	unsigned char *below = p - UNIT*((WORD(p) ^ ALIGNED_KEY(p))>>8);

	assert(((WORD(below) ^ KEY(below)) & FORM) == IN_LIST);
	return below;
}
