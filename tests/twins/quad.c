/* The sum, difference and product of long doubles (arch/wasm32/src/math), which a program has from
 * libcompiler_rt.a, bit by bit: zig's compiler-rt has products that are wrong in the last place. */
#include <stdint.h>
#include <stdio.h>

#define SIGN (1ULL << 63)
#define INFINITE (0x7fffULL << 48)

typedef unsigned __int128 wide;
typedef union { long double f; struct { uint64_t lo, hi; } i; } quad;

static int wrong;
static uint64_t state = 1;

static uint64_t any(void)
{
	state ^= state << 13, state ^= state >> 7, state ^= state << 17;
	return state;
}

/* Bits with long runs, or as they come. */
static uint64_t any_bits(void)
{
	uint64_t x = any();

	switch (any() % 6) {
	case 0: return 0;
	case 1: return -1;
	case 2: return 1ULL << x % 64;
	case 3: return -1ULL << x % 64;
	case 4: return (1ULL << x % 64) - 1;
	}
	return x;
}

/* Of any sign, and of an exponent near to the given one, or to an end. */
static quad any_number(int exponent)
{
	quad q;

	switch (any() % 6) {
	case 0: exponent = any(); break;
	case 1: exponent = any() % 4 - 2; break;
	case 2: exponent = any() % 130; break;
	default: exponent += (int)(any() % 256) - 128;
	}
	q.i.lo = any_bits();
	q.i.hi = (any_bits() & (1ULL << 48) - 1) | (uint64_t)(exponent & 0x7fff) << 48 | (any() & SIGN);
	return q;
}

static int is_special(quad q)
{
	return (q.i.hi & INFINITE) == INFINITE;
}

/* The number without its sign, to be multiplied by 2 to the power of *e - 16383 - 112. */
static wide whole(quad q, int *e)
{
	*e = q.i.hi >> 48 & 0x7fff;
	wide x = (wide)(q.i.hi & (1ULL << 48) - 1) << 64 | q.i.lo;
	return *e ? x | (wide)1 << 112 : (*e = 1, x);
}

/* 256 bits, *rest if there is something below them; by one bit to the right, *half is what goes. */
static void halve(wide *high, wide *low, int *half, int *rest)
{
	*rest |= *half;
	*half = *low & 1;
	*low = *low >> 1 | *high << 127;
	*high >>= 1;
}

/* high and low, and something more if rest, times 2 to the power of e - 16383 - 112. */
static quad nearest(uint64_t sign, wide high, wide low, int rest, int e)
{
	int half = 0;

	for (int i = 0; high || low >> 113 || e < 1; i++, e++) {
		if (i > 300) e = 1;
		halve(&high, &low, &half, &rest);
	}
	for (; !(low >> 112) && e > 1; e--) low <<= 1;
	low += half && (rest || low & 1);
	if (low >> 113) low >>= 1, e++;
	if (!(low >> 112)) e = 0;
	low &= ((wide)1 << 112) - 1;
	if (e >= 0x7fff) e = 0x7fff, low = 0;
	return (quad){ .i.lo = low, .i.hi = (uint64_t)(low >> 64) | (uint64_t)e << 48 | sign };
}

static quad product(quad a, quad b)
{
	int e, be;
	wide x = whole(a, &e), y = whole(b, &be), high = 0, low = 0;

	for (int i = 127; i >= 0; i--) {
		high = high << 1 | low >> 127, low <<= 1;
		if (y >> i & 1) low += x, high += low < x;
	}
	return nearest((a.i.hi ^ b.i.hi) & SIGN, high, low, 0, e + be - 16383 - 112);
}

static quad sum(quad a, quad b)
{
	int e, be, half = 0, rest = 0;
	wide high = whole(a, &e), low = 0, bhigh = whole(b, &be), blow = 0;

	if (e < be || e == be && high < bhigh) return sum(b, a);
	if (e > be + 300) be = e - 300;
	for (; be < e; be++) halve(&bhigh, &blow, &half, &rest);
	rest |= half;
	if ((a.i.hi ^ b.i.hi) & SIGN) {
		/* what is below is taken away, too: one more, less something that is below again */
		high -= bhigh + (blow || rest);
		low -= blow + rest;
		if (!high && !low && !rest) a.i.hi = 0;
	} else {
		high += bhigh, low += blow;
	}
	return nearest(a.i.hi & SIGN, high, low, rest, e - 128);
}

static void expect(const char *what, quad a, quad b, quad is, quad should)
{
	if (is.i.hi == should.i.hi && is.i.lo == should.i.lo) return;
	if (wrong++ < 10)
		printf("%s of %llx %llx and %llx %llx: %llx %llx, should be %llx %llx\n", what, a.i.hi, a.i.lo,
			b.i.hi, b.i.lo, is.i.hi, is.i.lo, should.i.hi, should.i.lo);
}

static void test(quad a, quad b)
{
	quad minus = b;

	if (is_special(a) || is_special(b)) return;
	minus.i.hi ^= SIGN;
	expect("sum", a, b, (quad){ a.f + b.f }, sum(a, b));
	expect("difference", a, b, (quad){ a.f - b.f }, sum(a, minus));
	expect("product", a, b, (quad){ a.f * b.f }, product(a, b));
}

/* Where one of two is infinite or no number: what is expected is the same of doubles. */
static void test_special(void)
{
	static const double some[] = { 0.0, -0.0, 1, -2.5, __builtin_inf(), -__builtin_inf(), __builtin_nan("") };

	for (int i = 0; i < 7; i++) {
		for (int j = 0; j < 7; j++) {
			volatile long double x = some[i], y = some[j];
			double is[] = { x + y, x - y, x * y };
			double should[] = { some[i] + some[j], some[i] - some[j], some[i] * some[j] };
			for (int k = 0; k < 3; k++) {
				int same = is[k] == should[k] && !__builtin_signbit(is[k]) == !__builtin_signbit(should[k]);
				if (!same && !(is[k] != is[k] && should[k] != should[k]) && wrong++ < 10)
					printf("%g and %g: %g, should be %g\n", some[i], some[j], is[k], should[k]);
			}
		}
	}
}

int main(void)
{
	for (int i = 0; i < 100000; i++) {
		int exponent = any() % 0x7fff;
		quad a = any_number(exponent), b = any_number(exponent);
		test(a, b);
		b = a;
		b.i.lo ^= 1ULL << any() % 64;
		b.i.hi ^= any() & SIGN;
		test(a, b);
		test(a, any_number(0x3fff - exponent)); /* product near the least number */
		test(a, any_number(0xbffe - exponent)); /* and the greatest */
	}
	test_special();
	puts(wrong ? "wrong" : "as it should be");
	return wrong;
}
