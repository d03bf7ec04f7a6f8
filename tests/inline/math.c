/* math.h's inline functions and the libc's: the same bits, but for those of a NaN. */
#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "functions.h"

LIBC(double, fmax, double, double)
LIBC(double, fmin, double, double)
LIBC(float, fmaxf, float, float)
LIBC(float, fminf, float, float)
LIBC(long, lrint, double)
LIBC(long, lrintf, float)
LIBC(long long, llrint, double)
LIBC(long long, llrintf, float)

static int same(double x, double y)
{
	return isnan(x) ? isnan(y) : !memcmp(&x, &y, sizeof x);
}

static void test(double x, double y)
{
	float f = x, g = y;

	EXPECT(same(fmax(x, y), libc_fmax(x, y)), "fmax(%a, %a)\n", x, y);
	EXPECT(same(fmin(x, y), libc_fmin(x, y)), "fmin(%a, %a)\n", x, y);
	EXPECT(same(fmaxf(f, g), libc_fmaxf(f, g)), "fmaxf(%a, %a)\n", f, g);
	EXPECT(same(fminf(f, g), libc_fminf(f, g)), "fminf(%a, %a)\n", f, g);
	EXPECT(lrint(x) == libc_lrint(x), "lrint(%a)\n", x);
	EXPECT(lrintf(f) == libc_lrintf(f), "lrintf(%a)\n", f);
	EXPECT(llrint(x) == libc_llrint(x), "llrint(%a)\n", x);
	EXPECT(llrintf(f) == libc_llrintf(f), "llrintf(%a)\n", f);
}

static double any(void)
{
	union { double f; unsigned long long i; } u;

	u.i = (unsigned long long)rand() << 42 ^ (unsigned long long)rand() << 21 ^ rand();
	return rand() % 2 ? u.f : (rand() - RAND_MAX / 2) / 8.0;
}

int main(void)
{
	static const double special[] = {
		0.0, -0.0, 0.5, -0.5, 1.5, 2.5, -2.5, 1, -1, DBL_MIN, -DBL_TRUE_MIN, DBL_MAX, -DBL_MAX,
		FLT_MAX, FLT_TRUE_MIN, INFINITY, -INFINITY, NAN, -NAN,
		INT_MAX, INT_MIN, INT_MAX + 0.5, INT_MIN - 0.5, INT_MAX + 1.0, INT_MIN - 1.0,
		0x1p63, -0x1p63, 0x1.fffffffffffffp62, -0x1.0000000000001p63, 0x1p52 + 0.5, 0x1p53 + 1,
	};
	enum { COUNT = sizeof special / sizeof special[0] };

	for (int i = 0; i < COUNT; i++) {
		for (int j = 0; j < COUNT; j++) test(special[i], special[j]);
		for (int j = 0; j < 1000; j++) test(special[i], any());
	}
	for (int i = 0; i < 100000; i++) test(any(), any());
	puts(wrong ? "wrong" : "as it should be");
	return wrong;
}
