#include <string.h>
#include "words.h"

int memcmp(const void *vl, const void *vr, size_t n)
{
	const unsigned char *l = vl, *r = vr;
	uint64_t a = 0, b = 0;

	for (; n >= 8 && (a = W(l, 0)) == (b = W(r, 0)); n -= 8) l += 8, r += 8;
	if (n >= 8) a = __builtin_bswap64(a), b = __builtin_bswap64(b);
	else for (a = b = 0; n && (a = *l++) == (b = *r++); n--);
	return (a > b) - (a < b);
}
