#include <math.h>

double fmax(double x, double y)
{
	return isnan(x) ? y : isnan(y) ? x : __builtin_wasm_max_f64(x, y);
}
