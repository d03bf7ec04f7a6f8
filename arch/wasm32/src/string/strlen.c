#include <string.h>
#include "words.h"

size_t strlen(const char *s)
{
	const char *a = s;
	uint64_t found;

	for (; CROSSES(s); s++) if (!*s) return s-a;
	found = W(s, 0);
	found = FIRST_ZERO(found);
	if (!found) {
		/* to a word of memory, none of which crosses */
		s -= (uintptr_t)s % 8;
		do {
			s += 8;
			found = W(s, 0);
			found = FIRST_ZERO(found);
		} while (!found);
	}
	return s + __builtin_ctzll(found)/8 - a;
}
