/* musl's ctype.h, and its functions inline; musl has macros of some, for C. */
#include "musl/ctype.h"

#ifndef _INLINE_CTYPE_H
#define _INLINE_CTYPE_H

#include <bits/inline.h>

#ifdef __LIBC_INLINES

#ifdef __cplusplus
extern "C" {
#endif

/* Whether c is one of n characters from the first on. */
#define __IN(c, first, n) ((unsigned)(c)-(first) < (n))
#define __ALPHA(c) __IN((unsigned)(c)|32, 'a', 26)
#define __DIGIT(c) __IN(c, '0', 10)

#ifndef isalnum
__LIBC_INLINE int isalnum(int __c) { return __ALPHA(__c) || __DIGIT(__c); }
#endif
#ifndef isalpha
__LIBC_INLINE int isalpha(int __c) { return __ALPHA(__c); }
#endif
#ifndef isblank
__LIBC_INLINE int isblank(int __c) { return __c == ' ' || __c == '\t'; }
#endif
#ifndef iscntrl
__LIBC_INLINE int iscntrl(int __c) { return __IN(__c, 0, 0x20) || __c == 0x7f; }
#endif
#ifndef isdigit
__LIBC_INLINE int isdigit(int __c) { return __DIGIT(__c); }
#endif
#ifndef isgraph
__LIBC_INLINE int isgraph(int __c) { return __IN(__c, 0x21, 0x5e); }
#endif
#ifndef islower
__LIBC_INLINE int islower(int __c) { return __IN(__c, 'a', 26); }
#endif
#ifndef isprint
__LIBC_INLINE int isprint(int __c) { return __IN(__c, 0x20, 0x5f); }
#endif
#ifndef ispunct
__LIBC_INLINE int ispunct(int __c)
{
	return __IN(__c, 0x21, 0x5e) && !__ALPHA(__c) && !__DIGIT(__c);
}
#endif
#ifndef isspace
__LIBC_INLINE int isspace(int __c) { return __c == ' ' || __IN(__c, '\t', 5); }
#endif
#ifndef isupper
__LIBC_INLINE int isupper(int __c) { return __IN(__c, 'A', 26); }
#endif
#ifndef isxdigit
__LIBC_INLINE int isxdigit(int __c)
{
	return __DIGIT(__c) || __IN((unsigned)__c|32, 'a', 6);
}
#endif
#ifndef tolower
__LIBC_INLINE int tolower(int __c) { return __IN(__c, 'A', 26) ? __c | 32 : __c; }
#endif
#ifndef toupper
__LIBC_INLINE int toupper(int __c) { return __IN(__c, 'a', 26) ? __c & 0x5f : __c; }
#endif

#undef __IN
#undef __ALPHA
#undef __DIGIT

#ifdef __cplusplus
}
#endif

#endif
#endif
