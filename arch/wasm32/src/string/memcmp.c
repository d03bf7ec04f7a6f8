#include <string.h>
#include "words.h"

int memcmp(const void *vl, const void *vr, size_t n)
{
	const unsigned char *l = vl, *r = vr;
	uint64_t a, b;
	int at;

	/* The last bytes are compared with some of those before them, which are equal. */
	if (n >= 8) {
		const unsigned char *last = l + n-8;
		for (; l < last && W(l, 0) == W(r, 0); l += 8) r += 8;
		if (l > last) r -= l - last, l = last;
		a = W(l, 0), b = W(r, 0);
	} else if (n >= 4) {
		a = H(l, 0) | (uint64_t)H(l, n-4) << 32;
		b = H(r, 0) | (uint64_t)H(r, n-4) << 32;
	} else if (n) {
		a = l[0] | l[n/2] << 8 | l[n-1] << 16;
		b = r[0] | r[n/2] << 8 | r[n-1] << 16;
	} else {
		return 0;
	}
	if (a == b) return 0;
	at = __builtin_ctzll(a ^ b) & ~7;
	return (int)(a>>at & 255) - (int)(b>>at & 255);
}
