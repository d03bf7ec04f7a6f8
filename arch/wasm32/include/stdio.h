/* musl's stdio.h, and inline what a byte from or into a buffer takes. */
#include "musl/stdio.h"

#ifndef _INLINE_STDIO_H
#define _INLINE_STDIO_H

#include <bits/inline.h>

#ifdef __LIBC_INLINES

#include <bits/file.h>

#ifdef __cplusplus
extern "C" {
#endif

/* As musl's own in src/stdio/getc.h, putc.h, ungetc.c and src/internal/stdio_impl.h.
 * A lock below 0 says that there is nobody to be locked out: nor is there without
 * the atomics feature, which a module must have to share its memory with a thread. */
#ifdef __wasm_atomics__
#define __FREE(f) (__STREAM(f)->__lock < 0)
#else
#define __FREE(f) 1
#endif
#define __HAS(f) (__STREAM(f)->__rpos != __STREAM(f)->__rend)
#define __TAKE(f) (*__STREAM(f)->__rpos++)
#define __HAS_ROOM(c, f) ((unsigned char)(c) != __STREAM(f)->__lbf \
	&& __STREAM(f)->__wpos != __STREAM(f)->__wend)
#define __PUT(c, f) (*__STREAM(f)->__wpos++ = (unsigned char)(c))

#ifndef getc
__LIBC_CALL(getc);
__LIBC_INLINE int getc(FILE *__f)
{
	return __FREE(__f) && __HAS(__f) ? __TAKE(__f) : __libc_getc(__f);
}
#endif
#ifndef fgetc
__LIBC_CALL(fgetc);
__LIBC_INLINE int fgetc(FILE *__f)
{
	return __FREE(__f) && __HAS(__f) ? __TAKE(__f) : __libc_fgetc(__f);
}
#endif
#ifndef getchar
__LIBC_CALL(getchar);
__LIBC_INLINE int getchar(void)
{
	return __FREE(stdin) && __HAS(stdin) ? __TAKE(stdin) : __libc_getchar();
}
#endif
#ifndef ungetc
__LIBC_CALL(ungetc);
__LIBC_INLINE int ungetc(int __c, FILE *__f)
{
	if (__c == EOF || !__FREE(__f) || __STREAM(__f)->__rpos <= __STREAM(__f)->__buf - __UNGET)
		return __libc_ungetc(__c, __f);
	*--__STREAM(__f)->__rpos = (unsigned char)__c;
	__STREAM(__f)->__flags &= ~__F_EOF;
	return (unsigned char)__c;
}
#endif
#ifndef putc
__LIBC_CALL(putc);
__LIBC_INLINE int putc(int __c, FILE *__f)
{
	return __FREE(__f) && __HAS_ROOM(__c, __f) ? __PUT(__c, __f) : __libc_putc(__c, __f);
}
#endif
#ifndef fputc
__LIBC_CALL(fputc);
__LIBC_INLINE int fputc(int __c, FILE *__f)
{
	return __FREE(__f) && __HAS_ROOM(__c, __f) ? __PUT(__c, __f) : __libc_fputc(__c, __f);
}
#endif
/* putchar is left a call: a program may run on a small libc that has no stdout. */

#if defined(_POSIX_SOURCE) || defined(_POSIX_C_SOURCE) \
 || defined(_XOPEN_SOURCE) || defined(_GNU_SOURCE) || defined(_BSD_SOURCE)
#ifndef getc_unlocked
__LIBC_CALL(getc_unlocked);
__LIBC_INLINE int getc_unlocked(FILE *__f)
{
	return __HAS(__f) ? __TAKE(__f) : __libc_getc_unlocked(__f);
}
#endif
#ifndef getchar_unlocked
__LIBC_CALL(getchar_unlocked);
__LIBC_INLINE int getchar_unlocked(void)
{
	return __HAS(stdin) ? __TAKE(stdin) : __libc_getchar_unlocked();
}
#endif
#ifndef putc_unlocked
__LIBC_CALL(putc_unlocked);
__LIBC_INLINE int putc_unlocked(int __c, FILE *__f)
{
	return __HAS_ROOM(__c, __f) ? __PUT(__c, __f) : __libc_putc_unlocked(__c, __f);
}
#endif
#ifndef putchar_unlocked
__LIBC_CALL(putchar_unlocked);
__LIBC_INLINE int putchar_unlocked(int __c)
{
	return __HAS_ROOM(__c, stdout) ? __PUT(__c, stdout) : __libc_putchar_unlocked(__c);
}
#endif
#endif

#if defined(_GNU_SOURCE) || defined(_BSD_SOURCE)
#ifndef fgetc_unlocked
__LIBC_CALL(fgetc_unlocked);
__LIBC_INLINE int fgetc_unlocked(FILE *__f)
{
	return __HAS(__f) ? __TAKE(__f) : __libc_fgetc_unlocked(__f);
}
#endif
#ifndef fputc_unlocked
__LIBC_CALL(fputc_unlocked);
__LIBC_INLINE int fputc_unlocked(int __c, FILE *__f)
{
	return __HAS_ROOM(__c, __f) ? __PUT(__c, __f) : __libc_fputc_unlocked(__c, __f);
}
#endif
#endif

#undef __FREE
#undef __HAS
#undef __TAKE
#undef __HAS_ROOM
#undef __PUT
#undef __STREAM
#undef __UNGET
#undef __F_EOF

#ifdef __cplusplus
}
#endif

#endif
#endif
