/* <wchar.h>: wide strings, and their way to bytes and back. */
#include <errno.h>
#include <limits.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wchar.h>
#include "check.h"

static void strings(void)
{
	wchar_t b[32] = L"one";
	wchar_t *state, list[] = L"a,b;;c";

	T(wcslen(L"four") == 4 && wcsnlen(L"four", 2) == 2);
	T(!wcscmp(wcscat(wcscpy(b, L"two"), L"+1"), L"two+1"));
	T(!wcscmp(wcsncat(b, L"xyz", 1), L"two+1x"));
	T(wcscmp(L"a", L"b") < 0 && wcsncmp(L"ab", L"ac", 1) == 0);
	T(wcscasecmp(L"ABC", L"abc") == 0 && wcsncasecmp(L"ABx", L"aby", 2) == 0);
	T(wcschr(b, L'w') == b + 1 && wcsrchr(L"abab", L'q') == NULL);
	T(wcsstr(L"needle in hay", L"in hay")[3] == L'h');
	T(wcspbrk(b, L"+") == b + 3 && wcsspn(L"aab", L"a") == 2 && wcscspn(L"aab", L"b") == 2);
	T(!wcscmp(wcstok(list, L",;", &state), L"a") && !wcscmp(wcstok(0, L",;", &state), L"b"));
	T(!wcscmp(wcstok(0, L",;", &state), L"c") && !wcstok(0, L",;", &state));
	T(wmemcmp(L"a\0b", L"a\0c", 3) < 0 && wmemchr(L"a\0b", L'b', 3) != NULL);
	T(wmemset(b, L'z', 3)[2] == L'z' && !wmemcmp(wmemmove(b + 1, b, 3), L"zzz", 3));
	T(wcpcpy(b, L"end") == b + 3 && wcpncpy(b, L"x", 3) == b + 1);
	wchar_t *dup = wcsdup(L"copy");
	T(!wcscmp(dup, L"copy"));
	free(dup);
}

static void numbers(void)
{
	wchar_t *end;

	T(wcstol(L" -0x1fz", &end, 0) == -31 && *end == L'z');
	T(wcstoul(L"077", 0, 8) == 63 && wcstoll(L"-9", 0, 10) == -9);
	errno = 0;
	T(wcstoull(L"99999999999999999999", 0, 10) == ULLONG_MAX && errno == ERANGE);
	T(wcstod(L"1.5e3x", &end) == 1500 && *end == L'x');
	T(wcstof(L"0x1p-3", 0) == 0.125f && wcstold(L"2.25", 0) == 2.25L);
}

static void bytes(void)
{
	mbstate_t state = {0};
	wchar_t c, wide[16];
	char out[16];
	const char *s = "a\xc3\xa9\xe2\x82\xac";
	const wchar_t *w = L"\u00e9\U0001f600";

	T(mbrtowc(&c, "\xe2", 1, &state) == (size_t)-2 && !mbsinit(&state));
	T(mbrtowc(&c, "\x82\xac", 2, &state) == 2 && c == 0x20ac && mbsinit(&state));
	T(mbrtowc(&c, "", 1, &state) == 0);
	errno = 0;
	T(mbrtowc(&c, "\xff", 1, &state) == (size_t)-1 && errno == EILSEQ);
	memset(&state, 0, sizeof state);
	T(mbrtowc(&c, "\xed\xa0\x80", 3, &state) == (size_t)-1);
	memset(&state, 0, sizeof state);
	T(mbsrtowcs(wide, &s, 16, &state) == 3 && !s && wide[1] == 0xe9);
	T(wcsrtombs(out, &w, 16, &state) == 6 && !w && !strcmp(out, "\xc3\xa9\xf0\x9f\x98\x80"));
	T(mbstowcs(NULL, "\xc3\xa9x", 0) == 2 && wcstombs(NULL, L"\u00e9x", 0) == 3);
	T(mblen("\xc3\xa9", 2) == 2 && mbrlen("x", 1, NULL) == 1 && MB_CUR_MAX >= 4);
	T(wcrtomb(out, 0xd800, &state) == (size_t)-1);
	memset(&state, 0, sizeof state);
	T(btowc('a') == L'a' && btowc(0xe9) == WEOF && wctob(L'a') == 'a' && wctob(0x20ac) == EOF);
	T(wcwidth(L'a') == 1 && wcwidth(0x4e00) == 2 && wcwidth(0x301) == 0 && wcwidth(7) == -1);
	T(wcswidth(L"a\u4e00", 2) == 3);
	s = "abc";
	memset(&state, 0, sizeof state);
	T(mbsnrtowcs(wide, &s, 2, 16, &state) == 2 && *s == 'c');
}

static void streams(void)
{
	wchar_t line[16], word[8];
	int n = 0;
	FILE *f = tmpfile();

	T(fwide(f, 0) == 0 && fwide(f, 1) > 0);
	T(fwprintf(f, L"%ls %d %s\n", L"\u03b1\u03b2", 42, "\xce\xb3") == 8);
	T(fputwc(L'\u20ac', f) == 0x20ac && fputws(L"end", f) >= 0);
	rewind(f);
	T(fgetws(line, 16, f) == line && wcslen(line) == 8 && line[0] == 0x3b1);
	T(fgetwc(f) == 0x20ac && ungetwc(L'\u20ac', f) == 0x20ac && fgetwc(f) == 0x20ac);
	T(fwscanf(f, L"%ls", word) == 1 && !wcscmp(word, L"end") && fgetwc(f) == WEOF && feof(f));
	fclose(f);
	T(swscanf(L"12 ab", L"%d %l[a-c]", &n, word) == 2 && n == 12 && !wcscmp(word, L"ab"));
	T(swprintf(line, 4, L"%d", 12345) < 0 && swprintf(line, 6, L"%d", 12345) == 5);
	T(wcsftime(line, 16, L"%Y", &(struct tm){ .tm_year = 99 }) == 4 && !wcscmp(line, L"1999"));
	wchar_t *text;
	size_t size;
	f = open_wmemstream(&text, &size);
	fputws(L"in memory", f);
	fclose(f);
	T(size == 9 && !wcscmp(text, L"in memory"));
	free(text);
}

int main(void)
{
	strings();
	numbers();
	if (!setlocale(LC_ALL, "C.UTF-8")) return 1;
	bytes();
	streams();
	return 0;
}
