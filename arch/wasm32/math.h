/* Instead of musl's own, for the libc itself: functions that are instructions of wasm. To clang
 * they are calls, since musl is compiled with -ffreestanding. isnan is one, too, and not a test of
 * a number's bits. */
#include_next <math.h>
#ifndef WASM_MATH_H
#define WASM_MATH_H

#define ceil(x) __builtin_ceil(x)
#define ceilf(x) __builtin_ceilf(x)
#define copysign(x, y) __builtin_copysign(x, y)
#define copysignf(x, y) __builtin_copysignf(x, y)
#define fabs(x) __builtin_fabs(x)
#define fabsf(x) __builtin_fabsf(x)
#define floor(x) __builtin_floor(x)
#define floorf(x) __builtin_floorf(x)
#undef isnan
#define isnan(x) __builtin_isnan(x)
#define nearbyint(x) __builtin_nearbyint(x)
#define nearbyintf(x) __builtin_nearbyintf(x)
#define rint(x) __builtin_rint(x)
#define rintf(x) __builtin_rintf(x)
#define sqrt(x) __builtin_sqrt(x)
#define sqrtf(x) __builtin_sqrtf(x)
#define trunc(x) __builtin_trunc(x)
#define truncf(x) __builtin_truncf(x)

#endif
