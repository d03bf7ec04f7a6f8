/* <locale.h>, <langinfo.h>, <iconv.h>, <nl_types.h> */
#include <errno.h>
#include <iconv.h>
#include <langinfo.h>
#include <limits.h>
#include <locale.h>
#include <nl_types.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include "check.h"

static void convert(const char *to, const char *from, const char *bytes, size_t size)
{
	char out[64], *in = (char *)bytes, *end = out;
	size_t left = sizeof out;
	iconv_t cd = iconv_open(to, from);

	if (cd == (iconv_t)-1) {
		printf("%s from %s: errno %d\n", to, from, errno);
		return;
	}
	errno = 0;
	size_t n = iconv(cd, &in, &size, &end, &left);
	printf("%s from %s: %d %d, left %zu:", to, from, (int)n, n == (size_t)-1 ? errno : 0, size);
	for (char *p = out; p < end; p++) printf(" %02x", (unsigned char)*p);
	puts("");
	iconv_close(cd);
}

int main(void)
{
	struct lconv *conv = localeconv();

	T(!strcmp(setlocale(LC_ALL, NULL), "C"));
	T(!strcmp(conv->decimal_point, ".") && !*conv->thousands_sep && !*conv->grouping);
	T(conv->frac_digits == CHAR_MAX && !*conv->currency_symbol);
	T(!strcmp(nl_langinfo(RADIXCHAR), ".") && !*nl_langinfo(THOUSEP));
	for (int i = 0; i < 7; i++) printf("%s %s ", nl_langinfo(DAY_1 + i), nl_langinfo(ABDAY_1 + i));
	for (int i = 0; i < 12; i++) printf("%s %s ", nl_langinfo(MON_1 + i), nl_langinfo(ABMON_1 + i));
	puts("");
	T(!strcmp(nl_langinfo(AM_STR), "AM") && !strcmp(nl_langinfo(D_FMT), "%m/%d/%y"));
	T(!strcmp(nl_langinfo(YESEXPR), "^[yY]"));
	T(setlocale(LC_ALL, "C.UTF-8") && !strcmp(nl_langinfo(CODESET), "UTF-8"));
	locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0), before = uselocale(c);
	T(c && before == LC_GLOBAL_LOCALE && uselocale((locale_t)0) == c);
	T(uselocale(LC_GLOBAL_LOCALE) == c);
	locale_t copy = duplocale(c);
	T(copy && !strcoll_l("a", "a", copy));
	freelocale(copy);
	freelocale(c);
	T(strcoll("a", "b") < 0 && strxfrm(NULL, "abc", 0) == 3 && wcscoll(L"b", L"a") > 0);
	T(catopen("no such catalogue", 0) == (nl_catd)-1);

	convert("UTF-8", "ISO-8859-1", "a\xe9\xff", 3);
	convert("UTF-16LE", "UTF-8", "\xf0\x9f\x98\x80z", 5);
	convert("UTF-16BE", "UTF-8", "\xe2\x82\xac", 3);
	convert("UTF-32BE", "UTF-8", "\xe2\x82\xac", 3);
	convert("ISO-8859-15", "UTF-8", "\xe2\x82\xac", 3);
	convert("KOI8-R", "UTF-8", "\xd0\x9f\xd1\x80", 4);
	convert("UTF-8", "CP1251", "\xcf\xf0", 2);
	convert("UTF-8", "SHIFT_JIS", "\x93\xfa\x96\x7b", 4);
	convert("UTF-8", "EUC-JP", "\xc6\xfc\xcb\xdc", 4);
	convert("UTF-8", "GB18030", "\xd6\xd0\xce\xc4", 4);
	convert("UTF-8", "BIG5", "\xa4\xa4\xa4\xe5", 4);
	convert("UTF-8", "EUC-KR", "\xc7\xd1\xb1\xdb", 4);
	convert("UTF-8", "UTF-8", "ok\xff", 3);
	convert("UTF-8", "UTF-8", "ok\xe2\x82", 4);
	convert("NO-SUCH-CHARSET", "UTF-8", "", 0);
	return 0;
}
