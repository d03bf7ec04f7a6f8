/* <tgmath.h>: the type of the result follows that of the argument. */
#include <tgmath.h>
#include "check.h"

int main(void)
{
	float f = 2;
	double d = 2;
	long double l = 2;
	float _Complex c = 2;

	T(sizeof sqrt(f) == sizeof f && sizeof sqrt(d) == sizeof d && sizeof sqrt(l) == sizeof l);
	T(sizeof sqrt(c) == sizeof c && sizeof pow(f, d) == sizeof d && sizeof sin(1) == sizeof d);
	T(sizeof fabs(c) == sizeof f && sizeof creal(c) == sizeof f && sizeof fma(f, f, l) == sizeof l);
	T(sqrt(f) == sqrtf(2) && sqrt(l) * sqrt(l) > 1.99L && cabs(c) == 2);
	return 0;
}
