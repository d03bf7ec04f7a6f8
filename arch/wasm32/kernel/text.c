/* Bytes that end in a zero, and the components of a path. */
#include "text.h"

size_t text_length(const char *s)
{
	size_t n = 0;

	while (s[n]) n++;
	return n;
}

int text_same(const char *a, const char *b, size_t n)
{
	while (n && *a == *b) a++, b++, n--;
	return !n;
}

size_t text_component(const char *s)
{
	size_t n = 0;

	while (s[n] && s[n] != '/') n++;
	return n;
}
