/* The numbers of the generic one, computed some dozen at a time: a call takes the next of them. */
#include <stdlib.h>
#include <stdint.h>
#include "lock.h"
#include "fork_impl.h"

/* The words of the generator: those from next to end are numbers yet to be given out. Each is its
 * sum with the one `lag` before it, in a circle. If there are no words but the first, the generator
 * is a congruential one. Before the first lies a word for their number and for next. */
static struct {
	uint32_t *next, *end, *first;
	int count, lag;
} state;

static volatile int lock[1];
volatile int *const __random_lockptr = lock;

/* Where next is lag, all of those before it have been given out, and none of those after it. */
static void set_state(uint32_t *words, int count, int next)
{
	state.first = words + 1;
	state.count = count;
	state.lag = count == 31 || count == 7 ? 3 : 1;
	state.next = state.end = 0;
	if (!count) return;
	state.next = state.first + next;
	state.end = state.first + (next > state.lag ? count : state.lag);
}

static void seed_words(uint64_t seed)
{
	uint32_t *x = state.first;

	set_state(x - 1, state.count, state.lag);
	if (!state.count) {
		*x = seed;
		return;
	}
	for (int i = 0; i < state.count; i++) {
		seed = 6364136223846793005ULL*seed + 1;
		x[i] = seed >> 32;
	}
	x[0] |= 1; /* one of them has to be odd */
}

/* Before anything else is called it is as if srandom(1) had been. */
static void start_once(void)
{
	static uint32_t words[1 + 31];

	if (state.first) return;
	set_state(words, 31, 0);
	seed_words(1);
}

/* The numbers up to the end of the circle, or those from its start to lag. */
static void compute(void)
{
	uint32_t *x = state.first, lag = state.lag, count = state.count;

	if (state.end == x + lag) {
		for (int i = lag; i < count; i++) x[i] += x[i - lag];
		state.next = x + lag, state.end = x + count;
	} else {
		for (int i = 0; i < lag; i++) x[i] += x[count - lag + i];
		state.next = x, state.end = x + lag;
	}
}

static char *saved_state(void)
{
	uint32_t *words;

	start_once();
	words = state.first - 1;
	words[0] = state.count << 16 | (state.count ? state.next - state.first : 0);
	return (char *)words;
}

void srandom(unsigned seed)
{
	LOCK(lock);
	start_once();
	seed_words(seed);
	UNLOCK(lock);
}

char *initstate(unsigned seed, char *words, size_t size)
{
	char *old;

	if (size < 8) return 0;
	LOCK(lock);
	old = saved_state();
	set_state((uint32_t *)words, size < 32 ? 0 : size < 64 ? 7 : size < 128 ? 15 : size < 256 ? 31 : 63, 0);
	seed_words(seed);
	saved_state();
	UNLOCK(lock);
	return old;
}

char *setstate(char *words)
{
	uint32_t *new = (uint32_t *)words;
	char *old;

	LOCK(lock);
	old = saved_state();
	set_state(new, new[0] >> 16, new[0] & 65535);
	UNLOCK(lock);
	return old;
}

/* When there is none to be given out. Inlined, it would cost random registers to save. */
__attribute__((__noinline__))
static long next_computed(void)
{
	start_once();
	if (!state.count) return *state.first = 1103515245 * *state.first + 12345 & 0x7fffffff;
	compute();
	return *state.next++ >> 1;
}

long random(void)
{
	long k;

	LOCK(lock);
	k = state.next == state.end ? next_computed() : *state.next++ >> 1;
	UNLOCK(lock);
	return k;
}
