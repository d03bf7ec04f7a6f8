/* The memory manager: owns all memory above the kernel's own data. */
#ifndef MEMORY_H
#define MEMORY_H

#include "types.h"

#define GRANULE 4096UL /* musl's page, bits/limits.h */

/* Whether the guest may have [address, address + size): it lies in the stack
 * or in regions handed out to the guest, and not in the kernel's own. (In a
 * program that is linked with the kernel, their data are not told apart.) */
int memory_valid(const void *address, size_t size);

/* Whether the guest's own data lie among the kernel's: in a program that is
 * linked with it (../crt), and not beside kernel.wasm. */
extern const u8 memory_together;

/* The length of a guest's string: -EFAULT if it runs out of valid memory,
 * -ENAMETOOLONG if it is not shorter than max. */
long memory_string(const char *s, size_t max);

/* Zeroed memory for the kernel itself, NULL if there is none; in granules. */
void *memory_take(size_t granules);
void memory_give(void *address, size_t granules);

/* Memory of the kernel's made larger, here or elsewhere, with zeros after what
 * it held; NULL, and the old kept, if there is none. */
void *memory_resize(void *address, size_t old, size_t granules);

/* The same, here or not at all. */
int memory_extend(void *address, size_t old, size_t granules);

/* Memory of the kernel's that the guest has mapped once more; 0: too often.
 * munmap tells tmpfs_unmapped of it. */
int memory_share(void *address, size_t granules);
int memory_is_shared(const void *address, size_t granules);

/* A zeroed region that belongs to the guest but that munmap cannot take. */
void *memory_region(size_t size, size_t align);

/* In bytes: all of the memory, and what of it is free without growing. */
u64 memory_total(void);
u64 memory_free(void);

#endif
