#include <string.h>
#include "words.h"

int strcmp(const char *l, const char *r)
{
	uint64_t a, b, ends;
	size_t at;

	for (;; l++, r++) {
		for (at = LATER_IN_PAGE(l, r); at <= PAGE-8; at += 8, l += 8, r += 8) {
			a = W(l, 0), b = W(r, 0);
			ends = FIRST_ZERO(a) | (a ^ b);
			if (ends) goto found;
		}
		if (*l != *r || !*l) return *(unsigned char *)l - *(unsigned char *)r;
	}
found:
	at = __builtin_ctzll(ends) & ~7;
	return (int)(a>>at & 255) - (int)(b>>at & 255);
}
