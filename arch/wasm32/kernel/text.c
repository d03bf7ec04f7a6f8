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

int text_is_dotdot(const char *s, size_t n)
{
	return n == 2 && s[0] == '.' && s[1] == '.';
}

size_t text_append(char *out, size_t len, const char *path, int collapse)
{
	for (size_t n; *path; path += n + (path[n] == '/')) {
		n = text_component(path);
		if (!n || (n == 1 && *path == '.')) continue;
		if (collapse && text_is_dotdot(path, n)) {
			while (len && out[--len] != '/');
			continue;
		}
		out[len++] = '/';
		__builtin_memcpy(out + len, path, n);
		len += n;
	}
	out[len] = 0;
	return len;
}
