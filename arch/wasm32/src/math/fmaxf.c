#include <math.h>

float fmaxf(float x, float y)
{
	if (isnan(x)) return y;
	if (isnan(y)) return x;
	return __builtin_wasm_max_f32(x, y);
}
