/* musl's stdlib.h, and bsearch inline: most of it are calls of a function that
 * the compiler may know there. */
#include "musl/stdlib.h"

#ifndef _INLINE_STDLIB_H
#define _INLINE_STDLIB_H

#include <bits/inline.h>

#if defined(__LIBC_INLINES) && !defined(bsearch)

#ifdef __cplusplus
extern "C" {
#endif

__LIBC_INLINE void *bsearch(const void *__key, const void *__base, size_t __n, size_t __width,
	int (*__compare)(const void *, const void *))
{
	while (__n > 0) {
		char *__middle = (char *)__base + __width * (__n / 2);
		int __order = __compare(__key, __middle);
		if (__order == 0) return __middle;
		if (__order > 0) __base = __middle + __width, __n--;
		__n /= 2;
	}
	return 0;
}

#ifdef __cplusplus
}
#endif

#endif
#endif
