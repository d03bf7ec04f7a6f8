#include <math.h>

double fmin(double x, double y)
{
	if (isnan(x)) return y;
	if (isnan(y)) return x;
	return __builtin_wasm_min_f64(x, y);
}
