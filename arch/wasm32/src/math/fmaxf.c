#include <math.h>

float fmaxf(float x, float y)
{
	return isnan(x) ? y : isnan(y) ? x : __builtin_wasm_max_f32(x, y);
}
