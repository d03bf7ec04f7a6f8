#include <math.h>

double fmin(double x, double y)
{
	return isnan(x) ? y : isnan(y) ? x : __builtin_wasm_min_f64(x, y);
}
