/* The sign of a NaN stays what it is, however often a function has run. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static volatile double inputs[] = { NAN, -NAN }, one = 1, minus = -1, zero;
static volatile float finputs[] = { NAN, -NAN };

/* Its two answers, and whether they ever were others. */
#define SIGNS(name, x) do { \
	int first[2], changed = 0; \
	for (int i = 0; i < 30000; i++) for (int s = 0; s < 2; s++) { \
		double a = inputs[s]; float f = finputs[s]; (void)f, (void)a; \
		double r = x; int sign = !!signbit(r) + 2 * !(r != r); \
		if (!i) first[s] = sign; else changed += sign != first[s]; \
	} \
	printf("%s: %d %d%s\n", name, first[0], first[1], changed ? ", changed: NO" : ""); \
} while (0)
#define ONE(name) SIGNS(#name, name(a)); SIGNS(#name "f", name##f(f));
#define OWN(name, y) SIGNS(#name "(a, " #y ")", name(a, y)); SIGNS(#name "(" #y ", a)", name(y, a)); \
	SIGNS(#name "f(a, " #y ")", name##f(f, (float)y)); SIGNS(#name "f(" #y ", a)", name##f((float)y, f));

int main(void)
{
	char text[100];
	int changed = 0;

	ONE(floor); ONE(ceil); ONE(trunc); ONE(rint); ONE(nearbyint); ONE(round); ONE(fabs);
	OWN(fmin, a); OWN(fmax, a);
	OWN(fmin, one); OWN(fmax, one); OWN(copysign, minus); OWN(copysign, one);
	SIGNS("strtod", strtod("nan", 0) + 0 * 0); SIGNS("strtof", strtof("nan", 0));
	SIGNS("strtold", strtold("nan", 0)); SIGNS("nan", nan("")); SIGNS("negative", -a); SIGNS("frexp", frexp(a, &(int){ 0 }));
	SIGNS("logb", logb(a) != logb(a) ? a : 0); SIGNS("modf", modf(a, &(double){ 0 })); SIGNS("ldexp", ldexp(a, 3));
	for (int i = 0; i < 20000; i++) {
		sprintf(text, "%f %f %g %A %lf", NAN, -NAN, inputs[0], inputs[1], strtod("nan", 0));
		changed += strcmp(text, "nan -nan nan -NAN nan") != 0;
	}
	printf("%s %s\n", text, changed ? "changed: NO" : "");
	return 0;
}
