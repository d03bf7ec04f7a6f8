/* musl's math.h, and inline what wasm has instructions for and clang makes none of. */
#include "musl/math.h"

#ifndef _INLINE_MATH_H
#define _INLINE_MATH_H

#include <bits/inline.h>

#ifdef __LIBC_INLINES

#ifdef __cplusplus
extern "C" {
#endif

/* wasm's max and min are those of IEEE 754-2019, with -0 below 0; but a NaN is
 * their result, where C takes it for a value that is missing. */
#define __MISSING(__x, __y, otherwise) \
	(__x != __x ? __y : __y != __y ? __x : otherwise(__x, __y))

#ifndef fmax
__LIBC_INLINE double fmax(double __x, double __y)
{
	return __MISSING(__x, __y, __builtin_wasm_max_f64);
}
#endif
#ifndef fmaxf
__LIBC_INLINE float fmaxf(float __x, float __y)
{
	return __MISSING(__x, __y, __builtin_wasm_max_f32);
}
#endif
#ifndef fmin
__LIBC_INLINE double fmin(double __x, double __y)
{
	return __MISSING(__x, __y, __builtin_wasm_min_f64);
}
#endif
#ifndef fminf
__LIBC_INLINE float fminf(float __x, float __y)
{
	return __MISSING(__x, __y, __builtin_wasm_min_f32);
}
#endif

#undef __MISSING

/* The conversion that clang makes of musl's (long)rint(x), but defined for all
 * values: those out of range have a result, if an unspecified one (C11 7.12.9.5). */
#ifdef __wasm_nontrapping_fptoint__
#ifndef lrint
__LIBC_INLINE long lrint(double __x)
{
	return __builtin_wasm_trunc_saturate_s_i32_f64(__builtin_rint(__x));
}
#endif
#ifndef lrintf
__LIBC_INLINE long lrintf(float __x)
{
	return __builtin_wasm_trunc_saturate_s_i32_f32(__builtin_rintf(__x));
}
#endif
#ifndef llrint
__extension__ __LIBC_INLINE long long llrint(double __x)
{
	return __builtin_wasm_trunc_saturate_s_i64_f64(__builtin_rint(__x));
}
#endif
#ifndef llrintf
__extension__ __LIBC_INLINE long long llrintf(float __x)
{
	return __builtin_wasm_trunc_saturate_s_i64_f32(__builtin_rintf(__x));
}
#endif
#endif

#ifdef __cplusplus
}
#endif

#endif
#endif
