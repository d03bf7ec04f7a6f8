#include <math.h>

float fminf(float x, float y)
{
	return isnan(x) ? y : isnan(y) ? x : __builtin_wasm_min_f32(x, y);
}
