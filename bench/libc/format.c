/* Numbers and strings to text and back. */
#include <stdarg.h>
#include <string.h>
#include <wchar.h>
#include "bench.h"

static char out[512];
static volatile long whole;
static const double values[] = { 3.14159265358979, 1e10 / 3, 12345.678, 0.001, 6.02214076e23, 1e-7 };
#define VALUE values[i % 6]

/* Read anew each time: else clang takes a conversion that it knows out of the loop. */
#define TEXT(string) ({ static const char *volatile text = string; text; })

#define CASE(name, ...) static void name(long n, long unused) \
	{ for (long i = 0; i < n; i++) { __VA_ARGS__; } }

CASE(printf_d, snprintf(out, sizeof out, "%d", (int)(i * 7919)))
CASE(printf_lld, snprintf(out, sizeof out, "%lld", i * 1234567890123LL))
CASE(printf_x, snprintf(out, sizeof out, "%08x", (unsigned)i * 2654435761U))
CASE(printf_s, snprintf(out, sizeof out, "%s, %s", "hello", "world of strings"))
CASE(printf_padded, snprintf(out, sizeof out, "%-20s|%10d|%+5d", "name", (int)i, 42))
CASE(printf_f, snprintf(out, sizeof out, "%f", VALUE))
CASE(printf_2f, snprintf(out, sizeof out, "%.2f", VALUE))
CASE(printf_e, snprintf(out, sizeof out, "%e", VALUE))
CASE(printf_g, snprintf(out, sizeof out, "%g", VALUE))
CASE(printf_17g, snprintf(out, sizeof out, "%.17g", VALUE))
CASE(printf_14g, snprintf(out, sizeof out, "%.14g", VALUE))
CASE(printf_a, snprintf(out, sizeof out, "%a", VALUE))
CASE(printf_Lf, snprintf(out, sizeof out, "%Lf", (long double)VALUE))
CASE(printf_mixed, snprintf(out, sizeof out, "%s=%d (%5.1f%%) at %p", "item", (int)i, VALUE, out))
CASE(printf_plain, snprintf(out, sizeof out, TEXT("nothing to be converted in this text")))
CASE(swprintf_d, swprintf((wchar_t *)out, 64, L"%d", (int)i))
CASE(parse_strtol, whole = strtol(TEXT("123456789 tail"), NULL, 10))
CASE(parse_strtol_hex, whole = strtol(TEXT("0x7fffabcd"), NULL, 0))
CASE(parse_strtoull, whole = strtoull(TEXT("12345678901234567890"), NULL, 10))
CASE(parse_atoi, whole = atoi(TEXT("4711")))
CASE(parse_strtod_short, sink = strtod(TEXT("3.25"), NULL))
CASE(parse_strtod_long, sink = strtod(TEXT("3.141592653589793238"), NULL))
CASE(parse_strtod_exponent, sink = strtod(TEXT("6.02214076e-23"), NULL))
CASE(parse_strtof, sink = strtof(TEXT("0.333333"), NULL))
CASE(parse_strtold, sink = strtold(TEXT("2.718281828459045"), NULL))

static void scanf_d(long n, long unused)
{
	int a, b;
	for (long i = 0; i < n; i++) {
		sscanf(TEXT("123 -456"), "%d %d", &a, &b);
		whole = a + b;
	}
}

static void scanf_lf(long n, long unused)
{
	double a, b;
	for (long i = 0; i < n; i++) {
		sscanf(TEXT("1.5 -2.25e3"), "%lf %lf", &a, &b);
		sink = a + b;
	}
}

static void scanf_s(long n, long unused)
{
	char a[32], b[32];
	for (long i = 0; i < n; i++) {
		sscanf(TEXT("name: value7;"), "%31[a-z]: %31[^;]", a, b);
		whole = a[0] + b[0];
	}
}

static void strftime_iso(long n, long unused)
{
	for (long i = 0; i < n; i++) {
		time_t t = 1700000000 + i * 86399;
		struct tm tm;
		gmtime_r(&t, &tm);
		whole = strftime(out, sizeof out, "%Y-%m-%dT%H:%M:%SZ", &tm);
	}
}

static void mktime_utc(long n, long unused)
{
	for (long i = 0; i < n; i++) {
		struct tm tm = { .tm_year = 123, .tm_mon = i % 12, .tm_mday = 1 + i % 28, .tm_hour = 12 };
		whole = mktime(&tm);
	}
}

static void cases(void)
{
	MEASURE(printf_d);
	MEASURE(printf_lld);
	MEASURE(printf_x);
	MEASURE(printf_s);
	MEASURE(printf_padded);
	MEASURE(printf_f);
	MEASURE(printf_2f);
	MEASURE(printf_e);
	MEASURE(printf_g);
	MEASURE(printf_17g);
	MEASURE(printf_14g);
	MEASURE(printf_a);
	MEASURE(printf_Lf);
	MEASURE(printf_mixed);
	MEASURE(printf_plain);
	MEASURE(swprintf_d);
	MEASURE(scanf_d);
	MEASURE(scanf_lf);
	MEASURE(scanf_s);
	MEASURE(parse_strtol);
	MEASURE(parse_strtol_hex);
	MEASURE(parse_strtoull);
	MEASURE(parse_atoi);
	MEASURE(parse_strtod_short);
	MEASURE(parse_strtod_long);
	MEASURE(parse_strtod_exponent);
	MEASURE(parse_strtof);
	MEASURE(parse_strtold);
	MEASURE(strftime_iso);
	MEASURE(mktime_utc);
}
