/* Instead of compiler-rt's, which goes through memory for what does not fit into a word. */
#include "quad.h"

/* The low word of a*b, the high one to *hi. */
static inline uint64_t product(uint64_t a, uint64_t b, uint64_t *hi)
{
	uint64_t al = (uint32_t)a, ah = a >> 32, bl = (uint32_t)b, bh = b >> 32;
	uint64_t low = al * bl, middle = ah*bl + (low >> 32), other = al*bh + (uint32_t)middle;

	*hi = ah*bh + (middle >> 32) + (other >> 32);
	return other << 32 | (uint32_t)low;
}

/* The first bit where the implicit one is, and *e less accordingly. */
static void normalize(uint64_t *hi, uint64_t *lo, int *e)
{
	int n = *hi ? __builtin_clzll(*hi) - 15 : __builtin_clzll(*lo) + 49;

	*e -= n;
	if (n >= 64) *hi = *lo, *lo = 0, n -= 64;
	*hi = *hi << n | *lo >> 1 >> (63 - n);
	*lo <<= n;
}

long double __multf3(long double x, long double y)
{
	quad a = {x}, b = {y};
	uint64_t sign = (a.i.hi ^ b.i.hi) & SIGN, ahi, alo, bhi, blo, hi, lo, beyond;
	uint64_t low, low1, low2, high, high1, high2;
	int ae, be, e, n;

	if (SPECIAL(a) || SPECIAL(b)) {
		if (IS_NAN(a)) return number(a.i.hi | QUIET, a.i.lo);
		if (IS_NAN(b)) return number(b.i.hi | QUIET, b.i.lo);
		if (!(a.i.hi << 1 | a.i.lo) || !(b.i.hi << 1 | b.i.lo)) return number(INFINITE | QUIET, 0);
		return number(sign | INFINITE, 0);
	}
	ahi = bits_of(a.i.hi, &ae), alo = a.i.lo;
	bhi = bits_of(b.i.hi, &be), blo = b.i.lo;
	if (!(ahi & IMPLICIT)) {
		if (!(ahi | alo)) return number(sign, 0);
		normalize(&ahi, &alo, &ae);
	}
	if (!(bhi & IMPLICIT)) {
		if (!(bhi | blo)) return number(sign, 0);
		normalize(&bhi, &blo, &be);
	}

	/* Four words, a's bits being the first of its two: the first bit of the result is the implicit
	 * one or what comes after it. */
	ahi = ahi << 15 | alo >> 49, alo <<= 15;
	low = product(alo, blo, &beyond);
	low1 = product(ahi, blo, &lo);
	low2 = product(alo, bhi, &high1);
	high2 = product(ahi, bhi, &hi);
	beyond += low1;
	lo += beyond < low1;
	beyond += low2;
	high = high1 + (beyond < low2);
	lo += high;
	hi += lo < high;
	lo += high2;
	hi += lo < high2;
	beyond |= !!low;

	e = ae + be - 16383 + 1;
	if (!(hi & IMPLICIT)) {
		hi = hi << 1 | lo >> 63;
		lo = lo << 1 | beyond >> 63;
		beyond = beyond << 1 | (beyond & 1);
		e--;
	}
	if (e < 1) {
		n = 1 - e, e = 1;
		for (; n >= 64; n -= 64) {
			beyond = lo | !!beyond, lo = hi, hi = 0;
			if (n > 192) n = 192;
		}
		beyond = beyond >> n | BELOW(lo, n) | !!BELOW(beyond, n);
		lo = lo >> n | BELOW(hi, n);
		hi >>= n;
	}
	return rounded(sign, e, hi, lo, beyond);
}
