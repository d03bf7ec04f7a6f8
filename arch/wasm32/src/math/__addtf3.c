/* Instead of compiler-rt's, which goes through memory for what does not fit into a word. */
#include "quad.h"

/* Inlined: a call would go through memory, too. */
__attribute__((__always_inline__))
static inline long double sum(quad a, quad b)
{
	uint64_t sign, ahi, alo, bhi, blo, hi, lo, beyond;
	int e, be, d, n;

	/* a is the greater one, of which there is more in the result. */
	if ((a.i.hi & ~SIGN) < (b.i.hi & ~SIGN)
	 || ((a.i.hi & ~SIGN) == (b.i.hi & ~SIGN) && a.i.lo < b.i.lo)) {
		quad c = a;
		a = b, b = c;
	}
	sign = a.i.hi & SIGN;
	if (SPECIAL(a)) {
		if (IS_NAN(a)) return number(a.i.hi | QUIET, a.i.lo);
		if ((a.i.hi ^ SIGN) == b.i.hi && !b.i.lo) return number(INFINITE | QUIET, 0);
		return a.f;
	}

	ahi = bits_of(a.i.hi, &e), alo = a.i.lo;
	bhi = bits_of(b.i.hi, &be), blo = b.i.lo;

	/* b in a's units; of its bits beyond a word more it counts only whether there are any. */
	d = e - be;
	if (d < 64) {
		beyond = BELOW(blo, d);
		blo = blo >> d | BELOW(bhi, d);
		bhi = bhi >> d;
	} else if (d < 128) {
		beyond = blo >> d-64 | BELOW(bhi, d-64) | !!BELOW(blo, d-64);
		blo = bhi >> d-64;
		bhi = 0;
	} else {
		beyond = !!(bhi | blo);
		bhi = blo = 0;
	}

	if (a.i.hi>>63 == b.i.hi>>63) {
		lo = alo + blo;
		hi = ahi + bhi + (lo < alo);
		if (hi >> 49) {
			beyond = beyond>>1 | (beyond & 1) | lo<<63;
			lo = lo>>1 | hi<<63;
			hi >>= 1;
			e++;
		}
		return rounded(sign, e, hi, lo, beyond);
	}

	lo = alo - blo;
	hi = ahi - bhi - (alo < blo);
	hi -= lo < !!beyond;
	lo -= !!beyond;
	beyond = -beyond;
	if (hi >> 48 == 0 && e > 1) {
		if (!(hi | lo | beyond)) return 0;
		n = hi ? __builtin_clzll(hi) - 15 : lo ? __builtin_clzll(lo) + 49 : 113;
		if (n > e-1) n = e-1;
		e -= n;
		for (; n >= 64; n -= 64) hi = lo, lo = beyond, beyond = 0;
		hi = hi << n | lo >> 1 >> (63 - n);
		lo = lo << n | beyond >> 1 >> (63 - n);
		beyond <<= n;
	}
	if (!(hi | lo)) sign = 0;
	return rounded(sign, e, hi, lo, beyond);
}

long double __addtf3(long double a, long double b)
{
	return sum((quad){a}, (quad){b});
}

long double __subtf3(long double a, long double b)
{
	quad minus = {b};

	minus.i.hi ^= SIGN;
	return sum((quad){a}, minus);
}
