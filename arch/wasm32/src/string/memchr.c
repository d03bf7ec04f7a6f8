#include <string.h>
#include "words.h"

void *memchr(const void *src, int c, size_t n)
{
	const unsigned char *s = src;
	uint64_t all = (unsigned char)c * ONES, found;
	size_t at;

	/* to the next word of memory, and from there by words: none of those crosses */
	for (; n && CROSSES(s); s++, n--)
		if (*s == (unsigned char)c) return (void *)s;
	if (!n) return 0;
	found = W(s, 0) ^ all;
	found = FIRST_ZERO(found);
	at = 8 - (uintptr_t)s%8;
	while (!found) {
		if (n <= at) return 0;
		s += at, n -= at, at = 8;
		found = W(s, 0) ^ all;
		found = FIRST_ZERO(found);
	}
	at = __builtin_ctzll(found)/8;
	return at < n ? (void *)(s + at) : 0;
}
