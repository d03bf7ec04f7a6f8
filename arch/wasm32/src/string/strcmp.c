#include <string.h>
#include "words.h"

int strcmp(const char *l, const char *r)
{
	for (;;) {
		uint64_t a, b, ends;
		if (CROSSES(l) || CROSSES(r)) {
			if (*l != *r || !*l) return *(unsigned char *)l - *(unsigned char *)r;
			l++, r++;
			continue;
		}
		a = W(l, 0), b = W(r, 0);
		ends = FIRST_ZERO(a) | (a ^ b);
		if (ends) {
			int at = __builtin_ctzll(ends) & ~7;
			return (int)(a>>at & 255) - (int)(b>>at & 255);
		}
		l += 8, r += 8;
	}
}
