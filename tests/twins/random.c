/* random, srandom, initstate and setstate (arch/wasm32/src/prng) against musl's generic ones. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define hidden
#define __lock generic_lock
#define __unlock generic_unlock
#define __random_lockptr generic_lockptr
#define random generic_random
#define srandom generic_srandom
#define initstate generic_initstate
#define setstate generic_setstate
#include "prng/random.c"
#undef random
#undef srandom
#undef initstate
#undef setstate

void generic_lock(volatile int *lock)
{
}

void generic_unlock(volatile int *lock)
{
}

long random(void);
void srandom(unsigned);
char *initstate(unsigned, char *, size_t);
char *setstate(char *);

static int wrong;

static void expect(int good, const char *what)
{
	if (!good && wrong++ < 10) puts(what);
}

static void test_numbers(const char *what)
{
	for (int i = 0; i < 200; i++) expect(random() == generic_random(), what);
}

int main(void)
{
	static const size_t sizes[] = { 8, 31, 32, 63, 64, 127, 128, 255, 256, 257 };
	static uint32_t ours[10][65], theirs[10][65];
	char *first = NULL, *generic_first = NULL;

	test_numbers("from the start");
	srandom(1), generic_srandom(1);
	test_numbers("as from the start");
	expect(!initstate(1, (char *)ours[0], 7), "too small");
	for (int i = 0; i < 10; i++) {
		char *old = initstate(i * 77, (char *)ours[i], sizes[i]);
		char *generic_old = generic_initstate(i * 77, (char *)theirs[i], sizes[i]);
		if (!i) first = old, generic_first = generic_old;
		else expect(old == (char *)ours[i - 1] && generic_old == (char *)theirs[i - 1], "old");
		test_numbers("after initstate");
		srandom(i), generic_srandom(i);
		test_numbers("after srandom");
	}
	for (int i = 0; i < 1000; i++) {
		int which = generic_random() % 10;
		random();
		setstate((char *)ours[which]), generic_setstate((char *)theirs[which]);
		for (int j = 0; j < which * 3 + 1; j++) expect(random() == generic_random(), "after setstate");
	}
	setstate(first), generic_setstate(generic_first);
	test_numbers("the first again");
	puts(wrong ? "wrong" : "as it should be");
	return wrong;
}
