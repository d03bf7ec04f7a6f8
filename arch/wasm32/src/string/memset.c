#ifdef __wasm_bulk_memory__

#include <string.h>
#include "small.h"

void *memset(void *dest, int c, size_t n)
{
	if (n <= SMALL) fill_small(dest, c, n);
	else __builtin_memset(dest, c, n);
	return dest;
}

#else
/* the generic one, by musl's -Isrc/include */
#include <../string/memset.c>
#endif
