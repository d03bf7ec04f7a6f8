/* musl's string.h, and of what programs call for a few bytes a copy in each
 * module; see bits/inline.h. They go by eight bytes as the port's own do
 * (words.h): an aligned word is in one page, and any other is not read where it
 * would cross into the next, which memory may not have. What the compiler
 * computes or expands by itself is left to it. */
#include "musl/string.h"

#ifndef _INLINE_STRING_H
#define _INLINE_STRING_H

#include <bits/inline.h>

#ifdef __LIBC_INLINES

#ifdef __cplusplus
extern "C" {
#endif

__extension__ typedef unsigned long long __word;
struct __word_at { __word __v; } __attribute__((__packed__, __may_alias__));
struct __half_at { unsigned __v; } __attribute__((__packed__, __may_alias__));

#define __WORD(p) (((const struct __word_at *)(p))->__v)
#define __HALF(p) (((const struct __half_at *)(p))->__v)
#define __CROSSES(p) (((unsigned long)(p) & 65535) > 65536-8)
#define __ALIGNED(p) ((const char *)((unsigned long)(p) & -8UL))
/* All bits of the bytes in front of p in its aligned word. */
#define __BEFORE(p) (((__word)1 << ((unsigned long)(p) & 7)*8) - 1)
#define __EACH(c) ((unsigned char)(c) * ((__word)-1 / 255))
/* The first set bit is that of the first zero byte; those after it mean nothing. */
#define __ZERO(w) (((w) - __EACH(1)) & ~(w) & __EACH(0x80))
#define __FIRST(bits) (__builtin_ctzll(bits) / 8)
#define __BYTE(w, at) ((int)((w) >> (at)*8 & 255))

/* Whether the compiler knows s, and strcmp's and strncmp's for three bytes. */
#define __KNOWN(s) __builtin_constant_p(*(const char *)(s))
#define __SHORT(s) (__KNOWN(s) && (!(s)[0] || !(s)[1] || !(s)[2] || !(s)[3]))

#ifndef strlen
__LIBC_CALL(strlen);
__LIBC_COPY __attribute__((__pure__)) size_t __copy_strlen(const char *__s)
{
	const char *__p = __ALIGNED(__s);
	__word __w = __WORD(__p) | __BEFORE(__s);

	while (!__ZERO(__w)) __p += 8, __w = __WORD(__p);
	return __p + __FIRST(__ZERO(__w)) - __s;
}
__LIBC_INLINE size_t strlen(const char *__s)
{
	return __KNOWN(__s) ? __libc_strlen(__s) : __copy_strlen(__s);
}
#endif

#ifndef strchr
__LIBC_CALL(strchr);
__LIBC_COPY __attribute__((__pure__)) char *__copy_strchr(const char *__s, int __c)
{
	const char *__p = __ALIGNED(__s);
	__word __before = __BEFORE(__s), __found;

	for (;; __p += 8, __before = 0) {
		__word __w = __WORD(__p), __other = (__w ^ __EACH(__c)) | __before;
		__w |= __before;
		__found = __ZERO(__w) | __ZERO(__other);
		if (__found) break;
	}
	__p += __FIRST(__found);
	return *__p == (char)__c ? (char *)__p : 0;
}
__LIBC_INLINE char *strchr(const char *__s, int __c)
{
	return __KNOWN(__s) || (__builtin_constant_p(__c) && !(char)__c)
		? __libc_strchr(__s, __c) : __copy_strchr(__s, __c);
}
#endif

#ifndef memchr
__LIBC_COPY __attribute__((__pure__)) void *__copy_memchr(const void *__s, int __c, size_t __n)
{
	const char *__p = __ALIGNED(__s);
	__word __before = __BEFORE(__s);

	if (!__n) return 0;
	for (;; __p += 8, __before = 0) {
		__word __w = (__WORD(__p) ^ __EACH(__c)) | __before, __found = __ZERO(__w);
		/* From __s on, so that no sum can be more than a size_t holds. */
		size_t __seen = __p - (const char *)__s + (__found ? __FIRST(__found) : 8);
		if (__seen >= __n) return 0;
		if (__found) return (char *)__s + __seen;
	}
}
__LIBC_INLINE void *memchr(const void *__s, int __c, size_t __n)
{
	return __copy_memchr(__s, __c, __n);
}
#endif

#ifndef memcmp
__LIBC_CALL(memcmp);
__LIBC_COPY __attribute__((__pure__)) int __copy_memcmp(const void *__l, const void *__r, size_t __n)
{
	const unsigned char *__p = (const unsigned char *)__l, *__q = (const unsigned char *)__r;
	__word __a, __b;
	size_t __at;

	/* What is read twice is the same. */
	if (__n >= 8) {
		for (__at = 0;; __at += 8) {
			if (__at > __n - 8) __at = __n - 8;
			__a = __WORD(__p + __at), __b = __WORD(__q + __at);
			if (__a != __b) break;
			if (__at == __n - 8) return 0;
		}
	} else if (__n >= 4) {
		__a = __HALF(__p) | (__word)__HALF(__p + __n - 4) << 32;
		__b = __HALF(__q) | (__word)__HALF(__q + __n - 4) << 32;
	} else {
		for (; __n; __p++, __q++, __n--) if (*__p != *__q) return *__p - *__q;
		return 0;
	}
	if (__a == __b) return 0;
	__at = __FIRST(__a ^ __b);
	return __BYTE(__a, __at) - __BYTE(__b, __at);
}
__LIBC_INLINE int memcmp(const void *__l, const void *__r, size_t __n)
{
	return __builtin_constant_p(__n) ? __libc_memcmp(__l, __r, __n)
		: __copy_memcmp(__l, __r, __n);
}
#endif

#ifndef strcmp
__LIBC_CALL(strcmp);
__LIBC_COPY __attribute__((__pure__)) int __copy_strcmp(const char *__l, const char *__r)
{
	__word __a, __b, __ends;
	int __at;

	do {
		if (__CROSSES(__l) || __CROSSES(__r)) {
			__a = (unsigned char)*__l++, __b = (unsigned char)*__r++;
			__ends = (__a ^ __b) | !__a;
		} else {
			__a = __WORD(__l), __b = __WORD(__r);
			__ends = __ZERO(__a) | (__a ^ __b);
			__l += 8, __r += 8;
		}
	} while (!__ends);
	__at = __FIRST(__ends);
	return __BYTE(__a, __at) - __BYTE(__b, __at);
}
__LIBC_INLINE int strcmp(const char *__l, const char *__r)
{
	return (__KNOWN(__l) && __KNOWN(__r)) || __SHORT(__l) || __SHORT(__r)
		? __libc_strcmp(__l, __r) : __copy_strcmp(__l, __r);
}
#endif

#ifndef strncmp
__LIBC_CALL(strncmp);
__LIBC_COPY __attribute__((__pure__)) int __copy_strncmp(const char *__l, const char *__r, size_t __n)
{
	while (__n) {
		__word __a, __b, __ends;
		size_t __step = 8;
		if (__CROSSES(__l) || __CROSSES(__r)) {
			__a = (unsigned char)*__l, __b = (unsigned char)*__r, __step = 1;
			__ends = (__a ^ __b) | !__a;
		} else {
			__a = __WORD(__l), __b = __WORD(__r);
			__ends = __ZERO(__a) | (__a ^ __b);
		}
		if (__ends) {
			size_t __at = __FIRST(__ends);
			return __at < __n ? __BYTE(__a, __at) - __BYTE(__b, __at) : 0;
		}
		if (__n <= __step) break;
		__l += __step, __r += __step, __n -= __step;
	}
	return 0;
}
__LIBC_INLINE int strncmp(const char *__l, const char *__r, size_t __n)
{
	return __builtin_constant_p(__n) && (__n <= 3 || (__KNOWN(__l) && __KNOWN(__r))
		|| __SHORT(__l) || __SHORT(__r))
		? __libc_strncmp(__l, __r, __n) : __copy_strncmp(__l, __r, __n);
}
#endif

#if defined(_GNU_SOURCE) && !defined(memrchr)
__LIBC_COPY __attribute__((__pure__)) void *__copy_memrchr(const void *__s, int __c, size_t __n)
{
	const unsigned char *__p = (const unsigned char *)__s;

	while (__n >= 8 && !__ZERO(__WORD(__p + __n - 8) ^ __EACH(__c))) __n -= 8;
	while (__n--) if (__p[__n] == (unsigned char)__c) return (void *)(__p + __n);
	return 0;
}
__LIBC_INLINE void *memrchr(const void *__s, int __c, size_t __n)
{
	return __copy_memrchr(__s, __c, __n);
}
#endif

#undef __WORD
#undef __HALF
#undef __CROSSES
#undef __ALIGNED
#undef __BEFORE
#undef __EACH
#undef __ZERO
#undef __FIRST
#undef __BYTE
#undef __KNOWN
#undef __SHORT

#ifdef __cplusplus
}
#endif

#endif
#endif
