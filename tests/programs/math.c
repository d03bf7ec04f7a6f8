/* Arithmetic: libm, long double, complex, wide integers, the generator of random numbers. */
#define _GNU_SOURCE
#include <complex.h>
#include <fenv.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static volatile double one = 1, two = 2, zero = 0;
static volatile long double third = 1.0L / 3;

static void functions(void)
{
	printf("sin %.15g cos %.15g tan %.15g\n", sin(one), cos(one), tan(one));
	printf("exp %.15g log %.15g pow %.15g\n", exp(one), log(two), pow(two, 0.5));
	printf("atan2 %.15g hypot %.15g cbrt %.15g\n", atan2(one, two), hypot(3 * one, 4), cbrt(27 * one));
	printf("erf %.15g lgamma %.12g j0 %.12g\n", erf(one), lgamma(10 * one), j0(one));
	printf("fmod %g remainder %g fma %g\n", fmod(7 * one, 3), remainder(7 * one, 4), fma(two, two, -one));
	printf("rounding %g %g %g %g %ld\n", floor(-1.5 * one), ceil(-1.5 * one), trunc(-1.5 * one),
		rint(2.5 * one), lround(2.5 * one));
	int exponent;
	double fraction = frexp(10 * one, &exponent);
	printf("frexp %g %d ldexp %g nextafter %a\n", fraction, exponent, ldexp(one, 10), nextafter(one, two));
	printf("classes %d %d %d %d\n", !!isnan(zero / zero), !!isinf(one / zero), !!signbit(-zero),
		fpclassify(DBL_MIN / 2 * one) == FP_SUBNORMAL);
}

static void wider(void)
{
	long double sum = 0;
	for (int i = 1; i <= 1000; i++) sum += third / i;
	printf("long double %.15Lg %.15Lg %.15Lg\n", third * 3, sum, sqrtl(third));
	printf("sinl %.15Lg powl %.15Lg strtold %.15Lg\n", sinl(third), powl(third, 3), strtold("1.25e10", NULL));
	printf("to integers %d %lld %u\n", (int)(third * 100), (long long)(third * 1e17L), (unsigned)third);
	unsigned __int128 wide = (unsigned __int128)UINT64_MAX * UINT64_MAX;
	printf("int128 %016" PRIx64 "%016" PRIx64 " %" PRIu64 "\n", (uint64_t)(wide >> 64), (uint64_t)wide,
		(uint64_t)(wide / 1000000007u % 1000000009u));
}

static void complex_numbers(void)
{
	double complex z = CMPLX(one, two), w = z * z / CMPLX(zero, one);
	double complex roots[] = {w, csqrt(z), cexp(z), clog(z), cpow(z, z)};
	for (int i = 0; i < 5; i++) printf("complex %.12g %.12gi\n", creal(roots[i]), cimag(roots[i]));
	printf("cabs %.15g carg %.15g\n", cabs(z), carg(z));
}

static void integers(void)
{
	div_t d = div(-7, 2);
	printf("div %d %d imaxabs %jd\n", d.quot, d.rem, imaxabs(-5));
	unsigned short seed[3] = {1, 2, 3};
	printf("erand48 %.12f", erand48(seed));
	printf(" nrand48 %ld\n", nrand48(seed));
	printf("bits %d %d %d\n", __builtin_popcountll(0xf0f0), __builtin_clz(1), __builtin_ffsll(1LL << 40));
}

int main(void)
{
	functions();
	wider();
	complex_numbers();
	integers();
	return 0;
}
