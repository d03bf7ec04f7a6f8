/* What the guest maps. */
#ifndef MMAP_H
#define MMAP_H

#include "types.h"

/* limit.c's, once a limit was set: whether the guest may have so many granules more. */
extern int (*mmap_allowed)(size_t count);

#endif
