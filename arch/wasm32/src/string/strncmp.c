#include <string.h>
#include "words.h"

int strncmp(const char *l, const char *r, size_t n)
{
	uint64_t a, b, ends;
	size_t at;

	for (; n; l++, r++, n--) {
		for (at = LATER_IN_PAGE(l, r); at <= PAGE-8; at += 8, l += 8, r += 8, n -= 8) {
			a = W(l, 0), b = W(r, 0);
			ends = FIRST_ZERO(a) | (a ^ b);
			if (ends) goto found;
			if (n <= 8) return 0;
		}
		if (*l != *r || !*l) return *(unsigned char *)l - *(unsigned char *)r;
	}
	return 0;
found:
	at = __builtin_ctzll(ends) & ~7;
	if (at/8 >= n) return 0;
	return (int)(a>>at & 255) - (int)(b>>at & 255);
}
