#include <math.h>

float fminf(float x, float y)
{
	if (isnan(x)) return y;
	if (isnan(y)) return x;
	return __builtin_wasm_min_f32(x, y);
}
