/* Eight bytes at a time, at any address: wasm has no alignment to mind, only
 * the end of memory, which is the end of one of its pages. */
#include <stdint.h>

typedef struct { uint64_t v; } __attribute__((__packed__, __may_alias__)) unaligned64;
typedef struct { uint32_t v; } __attribute__((__packed__, __may_alias__)) unaligned32;

#define W(p, at) (((unaligned64 *)((p)+(at)))->v)
#define H(p, at) (((unaligned32 *)((p)+(at)))->v)

#define ONES 0x0101010101010101ULL
#define HIGHS 0x8080808080808080ULL

/* The first set bit is that of the first zero byte; those after it mean nothing. */
#define FIRST_ZERO(x) (((x)-ONES) & ~(x) & HIGHS)

/* A bit set for each zero byte, and no other. */
#define ZEROS(x) (~((((x) & ~HIGHS) + ~HIGHS) | (x)) & HIGHS)

/* A page of memory; what follows it may not be there. */
#define PAGE 65536

/* Whether eight bytes at p lie in two pages. */
#define CROSSES(p) ((uintptr_t)(p) % PAGE > PAGE-8)

/* Where in its page that of both is which comes to the end first. */
#define LATER_IN_PAGE(p, q) \
	((uintptr_t)(p) % PAGE > (uintptr_t)(q) % PAGE ? (uintptr_t)(p) % PAGE : (uintptr_t)(q) % PAGE)
