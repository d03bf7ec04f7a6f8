#include <string.h>
#include "words.h"

int strncmp(const char *l, const char *r, size_t n)
{
	while (n) {
		uint64_t a, b, ends;
		if (CROSSES(l) || CROSSES(r)) {
			if (*l != *r || !*l) return *(unsigned char *)l - *(unsigned char *)r;
			l++, r++, n--;
			continue;
		}
		a = W(l, 0), b = W(r, 0);
		ends = FIRST_ZERO(a) | (a ^ b);
		if (ends) {
			size_t at = __builtin_ctzll(ends) & ~7;
			if (at/8 >= n) return 0;
			return (int)(a>>at & 255) - (int)(b>>at & 255);
		}
		if (n <= 8) return 0;
		l += 8, r += 8, n -= 8;
	}
	return 0;
}
