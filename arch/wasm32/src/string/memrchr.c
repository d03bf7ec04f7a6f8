#include <string.h>
#include "words.h"

void *__memrchr(const void *m, int c, size_t n)
{
	const unsigned char *s = m;

	for (c = (unsigned char)c; n >= 8; n -= 8) {
		uint64_t found = W(s, n-8) ^ c*ONES;
		found = ZEROS(found);
		if (found) return (void *)(s + n-1 - __builtin_clzll(found)/8);
	}
	while (n--) if (s[n] == c) return (void *)(s + n);
	return 0;
}

weak_alias(__memrchr, memrchr);
