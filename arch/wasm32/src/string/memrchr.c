#include <string.h>
#include "words.h"

void *__memrchr(const void *m, int c, size_t n)
{
	const unsigned char *s = m;
	uint64_t all = (unsigned char)c * ONES, found;
	size_t at;

	for (; n >= 8; n -= 8) {
		found = W(s, n-8) ^ all;
		found = ZEROS(found);
		if (found) return (void *)(s + n-1 - __builtin_clzll(found)/8);
	}
	if (n >= 4) {
		found = (H(s, 0) | (uint64_t)H(s, n-4) << 32) ^ all;
		found = ZEROS(found);
		if (!found) return 0;
		at = 7 - __builtin_clzll(found)/8;
		return (void *)(s + (at < 4 ? at : at + n-8));
	}
	while (n--) if (s[n] == (unsigned char)c) return (void *)(s + n);
	return 0;
}

weak_alias(__memrchr, memrchr);
