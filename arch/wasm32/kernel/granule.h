/* The granules of memory: what memory.c has of them, for mmap.c. */
#ifndef GRANULE_H
#define GRANULE_H

#include "memory.h"

/* What a granule is; NONE: the guest's, but not to be touched, and not cleared; SHARED and more: the kernel's, and mapped by the guest, so often. */
enum { FREE, MAPPED, NONE, REGION, KERNEL, SHARED, SHARED_MOST = 255 };

#define GRANULES (1UL << 20) /* of a 4 GiB memory */
#define LAST (GRANULES - 16) /* the last page stays unused: no region ends at 2^32 */

extern u8 granule_state[GRANULES];

/* Before anything else is asked or done here. */
void granule_initialize(void);

/* How many granules size bytes need. */
static inline size_t granules(size_t size)
{
	return size / GRANULE + !!(size % GRANULE);
}

/* Whether they are where memory is given out; whether all of them are so. */
int granule_managed(size_t at, size_t count);
int granule_every(size_t at, size_t count, int how);

/* Whether the guest may say what becomes of these granules; most: FREE and
 * MAPPED ones, or shared ones as well. */
int granule_disposable(size_t at, size_t count, int most);

/* How many are in use. */
size_t granule_used(void);

/* Grows, if it must, until all granules below limit are managed; how many of
 * these are. */
int granule_reach(size_t limit);
size_t granule_clip(size_t at, size_t count);

/* The first of count zeroed granules, now in state how, or 0. */
size_t granule_take(size_t count, size_t align, int how);

/* Gives the granules [at + old, at + new), if they are free, the state how. */
int granule_extend(size_t at, size_t old, size_t new, int how);

/* Where the granules went, or 0. */
size_t granule_move(size_t at, size_t old, size_t new);

void granule_mark(size_t at, size_t count, int how);
void granule_clear(size_t at, size_t count);

#endif
