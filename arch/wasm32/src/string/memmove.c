#ifdef __wasm_bulk_memory__

#include <string.h>
#include "small.h"

void *memmove(void *dest, const void *src, size_t n)
{
	if (n > SMALL) return __builtin_memmove(dest, src, n);
	copy_small(dest, src, n);
	return dest;
}

#else
/* the generic one, by musl's -Isrc/include */
#include <../string/memmove.c>
#endif
