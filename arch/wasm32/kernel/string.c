/* What clang calls for the __builtin_mem functions: before LLVM 20 it takes the
 * instructions themselves only where bulk memory is asked for. */
#include "types.h"

/* mutable-globals: without it in some object, wasm-ld before LLVM 16 does not
 * export the stack pointer. */
#define BULK __attribute__((target("bulk-memory,mutable-globals")))

BULK void *memcpy(void *to, const void *from, size_t size)
{
	return __builtin_memcpy(to, from, size);
}

BULK void *memmove(void *to, const void *from, size_t size)
{
	return __builtin_memmove(to, from, size);
}

BULK void *memset(void *at, int byte, size_t size)
{
	return __builtin_memset(at, byte, size);
}
