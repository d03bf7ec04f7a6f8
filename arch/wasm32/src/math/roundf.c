#include <math.h>

/* Half of what comes before 1, so that what is next to 0.5 is not 1 when it is added. */
float roundf(float x)
{
	return truncf(x + copysignf(0x1.fffffep-2f, x));
}
