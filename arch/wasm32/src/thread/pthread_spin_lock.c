/* A lock that the one thread holds already: it waits as for a mutex, which ends it with a
 * message, instead of for ever. */
#include "pthread_impl.h"
#include <errno.h>

int pthread_spin_lock(pthread_spinlock_t *s)
{
	while (*(volatile int *)s || a_cas(s, 0, EBUSY))
#ifdef __wasm_atomics__
		a_spin();
#else
		__futexwait(s, EBUSY, 1);
#endif
	return 0;
}
