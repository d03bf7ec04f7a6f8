#include <math.h>

double fmax(double x, double y)
{
	if (isnan(x)) return y;
	if (isnan(y)) return x;
	return __builtin_wasm_max_f64(x, y);
}
