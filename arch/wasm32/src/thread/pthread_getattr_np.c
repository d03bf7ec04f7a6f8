/* The generic one looks for the stack below the auxiliary vector. Here it is the
 * lowest memory, and its limit is where it begins; the first page is never valid. */
#define _GNU_SOURCE
#include <sys/resource.h>
#include "pthread_impl.h"
#include "syscall.h"

int pthread_getattr_np(pthread_t t, pthread_attr_t *a)
{
	unsigned long long limit[2];

	*a = (pthread_attr_t){0};
	a->_a_detach = t->detach_state>=DT_DETACHED;
	a->_a_guardsize = t->guard_size;
	a->_a_stackaddr = (uintptr_t)t->stack;
	a->_a_stacksize = t->stack_size;
	if (t->stack || __syscall(SYS_prlimit64, 0, RLIMIT_STACK, 0, limit)) return 0;
	a->_a_stackaddr = limit[1];
	a->_a_stacksize = limit[1] - PAGE_SIZE;
	return 0;
}
