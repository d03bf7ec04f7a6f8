/* <setjmp.h>: jumps across frames, out of handlers, with and without the mask. */
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include "check.h"

static jmp_buf buf, inner;
static sigjmp_buf sigbuf;

static void deep(int n, int value)
{
	volatile char room[64];
	room[n % 64] = n;
	if (!n) longjmp(buf, value);
	deep(n - 1, value);
	room[0]++;
}

static int from(int value)
{
	volatile int calls = 0;
	int got = setjmp(buf);
	if (!calls++) deep(50, value);
	return got;
}

static int nesting(void)
{
	int n = setjmp(buf);
	if (n == 3) return n;
	if (!setjmp(inner)) longjmp(inner, 1);
	longjmp(buf, n + 1);
}

static int switched(void)
{
	switch (setjmp(buf)) {
	case 0: deep(1, 5);
	case 5: longjmp(buf, 6);
	case 6: return 1;
	}
	return 0;
}

static int loop(void)
{
	volatile int i, sum = 0;
	for (i = 0; i < 1000; i++) {
		if (!setjmp(buf)) longjmp(buf, i);
		else sum += i;
	}
	return sum;
}

static int compare(const void *a, const void *b)
{
	longjmp(buf, 9);
}

static void handler(int sig)
{
	siglongjmp(sigbuf, sig);
}

static int blocked(int sig)
{
	sigset_t now;
	sigprocmask(SIG_BLOCK, NULL, &now);
	return sigismember(&now, sig);
}

int main(void)
{
	static int two[2];
	volatile int kept = 1;

	T(from(1) == 1 && from(42) == 42 && from(-1) == -1 && from(0) == 1);
	T(nesting() == 3 && switched() && loop() == 499500);
	int n = setjmp(buf);
	if (!n) {
		kept = 2;
		qsort(two, 2, sizeof *two, compare);
	}
	T(n == 9 && kept == 2);
	T(!_setjmp(buf) ? (_longjmp(buf, 1), 0) : 1);
	signal(SIGUSR1, handler);
	n = sigsetjmp(sigbuf, 1);
	if (!n) raise(SIGUSR1);
	T(n == SIGUSR1 && !blocked(SIGUSR1));
	n = sigsetjmp(sigbuf, 0);
	if (!n) raise(SIGUSR1);
	T(n == SIGUSR1 && blocked(SIGUSR1));
	return 0;
}
