/* Digits straight from the string: the generic ones go through a FILE. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>

/* What c is worth as a digit, 36 if it is none. */
static inline unsigned digit(char c)
{
	unsigned n = c - '0';

	if (n < 10) return n;
	n = (c | 32) - 'a';
	return n < 26 ? n + 10 : 36;
}

/* limit: of a signed type what its least number is without the sign, else the greatest number. */
static unsigned long long parse(const char *s, char **end, unsigned base, unsigned long long limit)
{
	const char *p = s, *digits;
	unsigned long long y = 0;
	unsigned d, negative, exceeds = 0, is_signed = !(limit & 1);

	if (end) *end = (char *)s;
	if (base > 36 || base == 1) {
		errno = EINVAL;
		return 0;
	}
	while (isspace(*p)) p++;
	negative = *p == '-';
	if (*p == '+' || *p == '-') p++;
	if (*p == '0' && (!base || base == 16)) {
		if ((p[1] | 32) == 'x' && digit(p[2]) < 16) p += 2, base = 16;
		else if (!base) base = 8;
	} else if (!base) {
		base = 10;
	}

	digits = p;
	for (; (d = digit(*p)) < base && y < ULLONG_MAX/36; p++) y = y*base + d;
	for (; d < base; d = digit(*++p)) {
		exceeds |= y > (ULLONG_MAX - d)/base;
		y = y*base + d;
	}
	if (p == digits) {
		errno = EINVAL;
		return 0;
	}
	if (end) *end = (char *)p;

	if (exceeds || y > limit - (is_signed && !negative)) {
		errno = ERANGE;
		return is_signed && negative ? -limit : limit - is_signed;
	}
	return negative ? -y : y;
}

unsigned long long strtoull(const char *restrict s, char **restrict end, int base)
{
	return parse(s, end, base, ULLONG_MAX);
}

long long strtoll(const char *restrict s, char **restrict end, int base)
{
	return parse(s, end, base, LLONG_MIN);
}

unsigned long strtoul(const char *restrict s, char **restrict end, int base)
{
	return parse(s, end, base, ULONG_MAX);
}

long strtol(const char *restrict s, char **restrict end, int base)
{
	return parse(s, end, base, 0UL + LONG_MIN);
}

intmax_t strtoimax(const char *restrict s, char **restrict end, int base)
{
	return strtoll(s, end, base);
}

uintmax_t strtoumax(const char *restrict s, char **restrict end, int base)
{
	return strtoull(s, end, base);
}

weak_alias(strtol, __strtol_internal);
weak_alias(strtoul, __strtoul_internal);
weak_alias(strtoll, __strtoll_internal);
weak_alias(strtoull, __strtoull_internal);
weak_alias(strtoimax, __strtoimax_internal);
weak_alias(strtoumax, __strtoumax_internal);
