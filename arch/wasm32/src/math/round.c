#include <math.h>

/* Half of what comes before 1, so that what is next to 0.5 is not 1 when it is added. */
double round(double x)
{
	return trunc(x + copysign(0x1.fffffffffffffp-2, x));
}
