/* What strchr and strchrnul share, and strcpy and stpcpy: a string by words, of which only the
 * first may cross into a page that is not there. */
#include "words.h"

/* The first c in s, or its end. */
static inline char *find_or_end(const char *s, int c)
{
	uint64_t all = (unsigned char)c * ONES, a, b, found;

	for (; CROSSES(s); s++) if (!*s || *s == (char)c) return (char *)s;
	a = W(s, 0), b = a ^ all;
	found = FIRST_ZERO(a) | FIRST_ZERO(b);
	if (!found) {
		s -= (uintptr_t)s % 8;
		do {
			s += 8;
			a = W(s, 0), b = a ^ all;
			found = FIRST_ZERO(a) | FIRST_ZERO(b);
		} while (!found);
	}
	return (char *)s + __builtin_ctzll(found)/8;
}

/* s to d; its end there. */
static inline char *copy_string(char *d, const char *s)
{
	uint64_t a, found;
	size_t n;

	for (; CROSSES(s); s++, d++) if (!(*d = *s)) return d;
	a = W(s, 0);
	found = FIRST_ZERO(a);
	n = 8 - (uintptr_t)s % 8;
	while (!found) {
		W(d, 0) = a;
		s += n, d += n, n = 8;
		a = W(s, 0);
		found = FIRST_ZERO(a);
	}
	n = __builtin_ctzll(found)/8;
	if (n == 7) W(d, 0) = a;
	else if (n >= 3) H(d, 0) = a, H(d, n-3) = a >> (n-3)*8;
	else d[0] = a, d[(n+1)/2] = a >> (n+1)/2*8, d[n] = 0;
	return d + n;
}
