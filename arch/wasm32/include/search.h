/* musl's search.h, and lfind inline, as bsearch is. */
#include "musl/search.h"

#ifndef _INLINE_SEARCH_H
#define _INLINE_SEARCH_H

#include <bits/inline.h>

#if defined(__LIBC_INLINES) && !defined(lfind)

#ifdef __cplusplus
extern "C" {
#endif

__LIBC_INLINE void *lfind(const void *__key, const void *__base, size_t *__n, size_t __width,
	int (*__compare)(const void *, const void *))
{
	char *__p = (char *)__base;
	size_t __left = *__n;

	for (; __left; __left--, __p += __width) if (__compare(__key, __p) == 0) return __p;
	return 0;
}

#ifdef __cplusplus
}
#endif

#endif
#endif
