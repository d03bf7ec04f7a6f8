/* Shared mappings of the host's files. WASI cannot map, and no one else sees
 * wasm's memory: a mapping is a copy, which is kept like the file wherever the
 * guest could tell the two apart. Addresses are multiples of GRANULE, counts
 * are granules. */
#ifndef MAPPING_H
#define MAPPING_H

#include "fd.h"

struct mapping_acts {
	/* Keeps memory into which the file was read from offset on like the file; 0
	 * or -errno, -ENODEV where that cannot be done. */
	long (*new)(struct file *file, unsigned long address, size_t count, u64 offset, int writable);

	/* Before the memory is given to something else; 0, or -ENOMEM, and then
	 * nothing has changed. */
	long (*remove)(unsigned long address, size_t count);

	/* Whether any of the memory is mapped so; whether it is one mapping. */
	int (*any)(unsigned long address, size_t count);
	int (*is_whole)(unsigned long address, size_t count);

	/* A whole mapping is longer now, and may lie elsewhere; 0, or -ENOMEM. */
	long (*grown)(unsigned long from, size_t old, unsigned long to, size_t count);

	/* The memory is to be writable; 0 or -errno. */
	long (*protect)(unsigned long address, size_t count);

	/* What the guest stored goes to the file: before the file is read, written,
	 * cut or synchronised; for msync; before the end. */
	void (*store)(struct file *file);
	long (*sync)(unsigned long address, size_t count);
	void (*finish)(void);

	/* After the guest wrote size bytes to the file at offset, -1: anywhere. */
	void (*load)(struct file *file, i64 offset, u64 size);
};

extern const struct mapping_acts mapping_kept;

/* &mapping_kept once a file of the host's was opened, NULL before: a program that
 * is linked with the kernel has them only if it opens files. */
extern const struct mapping_acts *mapping_acts;

static inline void mapping_store(struct file *file)
{
	if (mapping_acts) mapping_acts->store(file);
}

static inline int mapping_any(unsigned long address, size_t count)
{
	return mapping_acts && mapping_acts->any(address, count);
}

static inline long mapping_remove(unsigned long address, size_t count)
{
	return mapping_acts ? mapping_acts->remove(address, count) : 0;
}

#endif
