/* Binary128, the port's long double, in two words: a sign, 15 bits of exponent, 112 of the
 * significand, of which the first bit is implicit unless the exponent is 0 (IEEE 754-2019, 3.4). */
#ifndef QUAD_H
#define QUAD_H

#include <features.h>
#include <stdint.h>

hidden long double __addtf3(long double, long double);
hidden long double __subtf3(long double, long double);
hidden long double __multf3(long double, long double);

typedef union {
	long double f;
	struct { uint64_t lo, hi; } i;
} quad;

#define SIGN (1ULL << 63)
#define INFINITE (0x7fffULL << 48)
#define QUIET (1ULL << 47)
#define IMPLICIT (1ULL << 48)

/* Whether it is infinite or no number. */
#define SPECIAL(q) (((q).i.hi & INFINITE) == INFINITE)
#define IS_NAN(q) (((q).i.hi & ~SIGN) > INFINITE || (SPECIAL(q) && (q).i.lo))

/* Of x<<64, what a shift by n to the right leaves in its low word, for n from 0 to 63. */
#define BELOW(x, n) ((x) << 1 << (63 - (n)))

static inline long double number(uint64_t hi, uint64_t lo)
{
	quad q;

	q.i.hi = hi, q.i.lo = lo;
	return q.f;
}

/* The significand's high word; numbers without the implicit bit have the exponent *e = 1. */
static inline uint64_t bits_of(uint64_t hi, int *e)
{
	int exponent = hi >> 48 & 0x7fff;

	*e = exponent + !exponent;
	return (hi & (IMPLICIT - 1)) | (uint64_t)!!exponent << 48;
}

/* A significand with the exponent e >= 1, rounded to nearest, ties to even; `beyond` is what comes
 * after its last bit. A carry goes on into the exponent, as it should. */
static inline long double rounded(uint64_t sign, int e, uint64_t hi, uint64_t lo, uint64_t beyond)
{
	uint64_t up = beyond > SIGN || (beyond == SIGN && (lo & 1));

	if (e >= 0x7fff) return number(sign | INFINITE, 0);
	lo += up;
	return number((sign | (uint64_t)(e-1) << 48) + hi + (lo < up), lo);
}

#endif
