/* The seven entries, and their one dispatch. */
#include "linux.h"
#include "signal.h"
#include "syscalls.h"

static long call(long n, long a, long b, long c, long d, long e, long f)
{
	switch (n) {
	SYSCALL_CASES(n, a, b, c, d, e, f)
	}
	return -ENOSYS;
}

static long enter(long n, long a, long b, long c, long d, long e, long f)
{
	long result = call(n, a, b, c, d, e, f);

	if (process_due) process_due();
	return result;
}

#define ENTRY(name) INTERFACE long name

ENTRY(__syscall0)(long n)
{
	return enter(n, 0, 0, 0, 0, 0, 0);
}

ENTRY(__syscall1)(long n, long a)
{
	return enter(n, a, 0, 0, 0, 0, 0);
}

ENTRY(__syscall2)(long n, long a, long b)
{
	return enter(n, a, b, 0, 0, 0, 0);
}

ENTRY(__syscall3)(long n, long a, long b, long c)
{
	return enter(n, a, b, c, 0, 0, 0);
}

ENTRY(__syscall4)(long n, long a, long b, long c, long d)
{
	return enter(n, a, b, c, d, 0, 0);
}

ENTRY(__syscall5)(long n, long a, long b, long c, long d, long e)
{
	return enter(n, a, b, c, d, e, 0);
}

ENTRY(__syscall6)(long n, long a, long b, long c, long d, long e, long f)
{
	return enter(n, a, b, c, d, e, f);
}
