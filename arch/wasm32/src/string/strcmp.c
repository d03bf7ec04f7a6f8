#include <string.h>
#include "words.h"

int strcmp(const char *l, const char *r)
{
	uint64_t a, b, ends = 0;

	while (!ends) {
		if (CROSSES(l) || CROSSES(r)) {
			a = (unsigned char)*l++, b = (unsigned char)*r++;
			ends = a^b | !a;
		} else {
			a = W(l, 0), b = W(r, 0);
			ends = FIRST_ZERO(a) | a^b;
			l += 8, r += 8;
		}
	}
	ends = __builtin_ctzll(ends) & ~7;
	return (int)(a>>ends & 255) - (int)(b>>ends & 255);
}
