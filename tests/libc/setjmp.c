#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>

static sigjmp_buf place;
static jmp_buf plain;

static void jump(int value)
{
	siglongjmp(place, value);
}

static int blocked(void)
{
	sigset_t set;
	sigprocmask(SIG_SETMASK, 0, &set);
	return sigismember(&set, SIGUSR1);
}

static void block(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, 0);
}

int main(void)
{
	volatile int round = 0;
	int value = sigsetjmp(place, 1);
	printf("sigsetjmp gives %d, SIGUSR1 is %s\n", value, blocked() ? "blocked" : "free");
	if (!value) {
		block();
		jump(5);
	}
	value = sigsetjmp(place, 0);
	printf("without the mask: %d, SIGUSR1 is %s\n", value, blocked() ? "blocked" : "free");
	if (!value) {
		block();
		jump(6);
	}
	value = _setjmp(plain);
	printf("_setjmp gives %d in round %d\n", value, round);
	if (round++ < 2) _longjmp(plain, round + 10);
	if (!setjmp(plain)) longjmp(plain, 0);
	puts("longjmp's 0 is 1");
	return 0;
}
