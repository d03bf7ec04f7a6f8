/* qsort and qsort_r (arch/wasm32/src/stdlib): sorted, a permutation, nothing touched beside; of
 * any width, any pattern, and with a function that contradicts itself; never quadratic. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GUARD 8

static size_t width, count;
static long calls;
static int wrong;

static void expect(int good, const char *what, int pattern)
{
	if (!good && wrong++ < 10) printf("%s: %zu of %zu bytes, pattern %d\n", what, count, width, pattern);
}

static size_t key(void)
{
	return width < 4 ? width : 4;
}

static int order(const void *a, const void *b)
{
	calls++;
	return memcmp(a, b, key());
}

static int order_r(const void *a, const void *b, void *counter)
{
	++*(long *)counter;
	return memcmp(a, b, key());
}

static int nonsense(const void *a, const void *b)
{
	return rand() % 3 - 1;
}

static unsigned value(int i, int pattern)
{
	switch (pattern) {
	case 0: return rand();
	case 1: return i;
	case 2: return count - i;
	case 3: return 7;
	case 4: return abs((int)count / 2 - i);
	case 5: return rand() % 3;
	}
	return i % 50 ? i : rand();
}

static void fill(unsigned char *base, int pattern)
{
	memset(base, 0xee, count * width + 2 * GUARD);
	for (size_t i = 0; i < count; i++) {
		unsigned v = value(i, pattern) << (32 - 8 * key());
		if (key() == 4) v = value(i, pattern);
		for (size_t k = 0; k < width; k++)
			base[GUARD + i * width + k] = k < 4 ? v >> (24 - 8 * k) : i * 31 + k;
	}
}

/* A number that does not depend on the order of the elements. */
static unsigned long long digest(const unsigned char *s)
{
	unsigned long long sum = 0;

	for (size_t i = 0; i < count; i++, s += width) {
		unsigned long long h = 5381;
		for (size_t k = 0; k < width; k++) h = h * 33 + s[k];
		sum += h * h * h;
	}
	return sum;
}

static int guarded(const unsigned char *base)
{
	static const unsigned char guard[GUARD] = { 0xee, 0xee, 0xee, 0xee, 0xee, 0xee, 0xee, 0xee };

	return !memcmp(base, guard, GUARD) && !memcmp(base + GUARD + count * width, guard, GUARD);
}

static long limit(void)
{
	int log = 1;

	while (1UL << log < count) log++;
	return 3 * count * log + 20;
}

static void test(unsigned char *a, unsigned char *b, int pattern)
{
	long other = 0;
	unsigned long long before;

	fill(a, pattern);
	memcpy(b, a, count * width + 2 * GUARD);
	before = digest(a + GUARD);
	calls = 0;
	qsort(a + GUARD, count, width, order);
	for (size_t i = 1; i < count; i++)
		expect(memcmp(a + GUARD + (i-1) * width, a + GUARD + i * width, key()) <= 0, "not sorted", pattern);
	expect(digest(a + GUARD) == before, "other elements", pattern);
	expect(guarded(a), "touched beside", pattern);
	expect(calls < limit(), "too many calls", pattern);
	if (pattern == 1 && width > 1) expect(calls <= 3 * count + 60, "sorted is not linear", pattern);
	qsort_r(b + GUARD, count, width, order_r, &other);
	expect(other == calls && !memcmp(a, b, count * width + 2 * GUARD), "qsort_r differs", pattern);
	qsort(b + GUARD, count, width, nonsense);
	expect(digest(b + GUARD) == before && guarded(b), "nonsense", pattern);
}

/* McIlroy's adversary (A Killer Adversary for Quicksort, 1999): decides what is greater while
 * it is asked, so that every pivot is the worst. */
static int solid[3000], solids, candidate, gas = 3000;

static int adversary(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	calls++;
	if (solid[x] == gas && solid[y] == gas) solid[x == candidate ? x : y] = solids++;
	if (solid[x] == gas) candidate = x;
	else if (solid[y] == gas) candidate = y;
	return solid[x] - solid[y];
}

static void attack(void)
{
	static int items[3000];

	for (count = 0; count < 3000; count++) items[count] = count, solid[count] = gas;
	calls = 0;
	width = sizeof *items;
	qsort(items, count, width, adversary);
	expect(calls < 2 * limit(), "quadratic", -1);
}

int main(void)
{
	unsigned char *a = malloc(3000 * 50 + 16), *b = malloc(3000 * 50 + 16);

	for (width = 1; width < 50; width = width < 20 ? width + 1 : width + 7)
		for (count = 0; count < 3000; count = count * 3 / 2 + 1)
			for (int pattern = 0; pattern < 7; pattern++) test(a, b, pattern);
	attack();
	puts(wrong ? "wrong" : "as it should be");
	return wrong;
}
