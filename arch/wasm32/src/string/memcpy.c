#ifdef __wasm_bulk_memory__

#include <string.h>
#include "small.h"

void *memcpy(void *restrict dest, const void *restrict src, size_t n)
{
	if (n > SMALL) return __builtin_memcpy(dest, src, n);
	copy_small(dest, src, n);
	return dest;
}

#else
/* the generic one, by musl's -Isrc/include */
#include <../string/memcpy.c>
#endif
