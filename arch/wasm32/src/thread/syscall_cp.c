#include "pthread_impl.h"
#include "syscall.h"

/* No signal handler can interrupt wasm between two instructions, so that the
 * range in which a cancellation would have to act at once is empty. */
hidden const char __cp_begin[1], __cp_end[1], __cp_cancel[1];

hidden long __cancel(void);

hidden long __syscall_cp_asm(volatile void *cancel, long nr, long u, long v,
	long w, long x, long y, long z)
{
	if (*(volatile int *)cancel) return __cancel();
	return __syscall6(nr, u, v, w, x, y, z);
}
