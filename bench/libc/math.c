/* math.h and complex.h; compiled with -fno-builtin, so that each is a call. */
#include <complex.h>
#include <math.h>
#include "bench.h"

static double points[256];
static float near[256];
static long double wide[256];

static void fill(void)
{
	for (int i = 0; i < 256; i++) {
		points[i] = next() / 2147483648.0 * 10 + 0.01;
		near[i] = points[i];
		wide[i] = points[i];
	}
}

#define X points[i & 255]
#define F near[i & 255]
#define L wide[i & 255]
#define CASE(name, value) static void name##_case(long n, long unused) \
	{ double sum = 0; for (long i = 0; i < n; i++) sum += value; sink = sum; }

#define ALL \
	D(sin, sin(X)) D(cos, cos(X)) D(tan, tan(X)) D(sin_large, sin(X * 1e6)) \
	D(asin, asin(X * 0.09)) D(atan, atan(X)) D(atan2, atan2(X, 1.5)) \
	D(sinh, sinh(X)) D(tanh, tanh(X)) D(exp, exp(X)) D(exp2, exp2(X)) D(expm1, expm1(X)) \
	D(log, log(X)) D(log2, log2(X)) D(log10, log10(X)) D(log1p, log1p(X)) \
	D(pow, pow(X, 1.7)) D(pow_integer, pow(X, 3)) D(sqrt, sqrt(X)) D(cbrt, cbrt(X)) \
	D(hypot, hypot(X, 2.5)) D(fma, fma(X, 1.5, -2.5)) D(fmod, fmod(X * 1000, 0.7)) \
	D(remainder, remainder(X, 0.7)) D(floor, floor(X)) D(round, round(X)) D(rint, rint(X)) \
	D(lrint, lrint(X)) D(trunc, trunc(X)) D(modf, modf_fraction(X)) D(frexp, frexp_fraction(X)) \
	D(ldexp, ldexp(X, 5)) D(fmax, fmax(X, 5)) D(erf, erf(X)) D(lgamma, lgamma(X)) \
	D(tgamma, tgamma(X)) D(j0, j0(X)) \
	D(sinf, sinf(F)) D(expf, expf(F)) D(logf, logf(F)) D(powf, powf(F, 1.7f)) \
	D(atanf, atanf(F)) D(fmaf, fmaf(F, 1.5f, -2.5f)) D(fmodf, fmodf(F * 100, 0.7f)) \
	D(ld_add, (double)(L + 1.5L)) D(ld_mul, (double)(L * 1.5L)) D(ld_div, (double)(L / 1.5L)) \
	D(sqrtl, (double)sqrtl(L)) D(sinl, (double)sinl(L)) D(expl, (double)expl(L)) \
	D(fmal, (double)fmal(L, 1.5L, -2.5L)) D(floorl, (double)floorl(L)) \
	D(cexp, creal(cexp(X * I))) D(csqrt, creal(csqrt(X * I))) D(cabs, cabs(X * I))

static double modf_fraction(double x)
{
	double whole;
	return modf(x, &whole);
}

static double frexp_fraction(double x)
{
	int exponent;
	return frexp(x, &exponent);
}

#define D(name, value) CASE(name, value)
ALL
#undef D

static void cases(void)
{
	fill();
#define D(name, value) measure(#name, name##_case, 0);
	ALL
}
