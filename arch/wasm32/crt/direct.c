/* libkernel.a: what libc.a calls for a system call whose number is known.
 * __syscall3.66 is __syscall3 of the number 66, and so on; src/muslfall/
 * libc/direct_syscalls.py has the libc call them. What no program calls is not in it. */
#include "linux.h"
#include "signal.h"
#include "syscalls.h"

/* musl's, if a thread can be cancelled: only pthread_cancel.c has it then. */
__attribute__((weak)) long __syscall_cp_c(long, long, long, long, long, long, long);

static long leave(long result)
{
	if (process_due) process_due();
	return result;
}

/* A call that is never made: direct_syscalls.py says which, and why. */
#define SYSCALL_never(a, b, c, d, e, f) (__builtin_trap(), 0)

#define DIRECT(words, number) DIRECT##words(number)
#define ENTRY(words, number, ...) \
long entry##words##_##number(__VA_ARGS__) __asm__("__syscall" #words "." #number); \
INTERFACE long entry##words##_##number(__VA_ARGS__)

#define DIRECT0(n) ENTRY(0, n, long number) \
{ return leave(SYSCALL_##n(0, 0, 0, 0, 0, 0)); }
#define DIRECT1(n) ENTRY(1, n, long number, long a) \
{ return leave(SYSCALL_##n(a, 0, 0, 0, 0, 0)); }
#define DIRECT2(n) ENTRY(2, n, long number, long a, long b) \
{ return leave(SYSCALL_##n(a, b, 0, 0, 0, 0)); }
#define DIRECT3(n) ENTRY(3, n, long number, long a, long b, long c) \
{ return leave(SYSCALL_##n(a, b, c, 0, 0, 0)); }
#define DIRECT4(n) ENTRY(4, n, long number, long a, long b, long c, long d) \
{ return leave(SYSCALL_##n(a, b, c, d, 0, 0)); }
#define DIRECT5(n) ENTRY(5, n, long number, long a, long b, long c, long d, long e) \
{ return leave(SYSCALL_##n(a, b, c, d, e, 0)); }
#define DIRECT6(n) ENTRY(6, n, long number, long a, long b, long c, long d, long e, long f) \
{ return leave(SYSCALL_##n(a, b, c, d, e, f)); }
#define DIRECT_cp(n) ENTRY(_cp, n, long number, long a, long b, long c, long d, long e, long f) \
{ \
	if (__syscall_cp_c) return __syscall_cp_c(number, a, b, c, d, e, f); \
	return leave(SYSCALL_##n(a, b, c, d, e, f)); \
}

#include "direct.h"
