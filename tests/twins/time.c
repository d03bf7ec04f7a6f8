/* __secs_to_tm and __tm_to_secs (arch/wasm32/src/time), behind gmtime_r and timegm, against musl's
 * generic ones; and TZ, at which mktime looks each time. */
#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define hidden
#define __secs_to_tm generic_secs_to_tm
#define __tm_to_secs generic_tm_to_secs
#define __year_to_secs generic_year_to_secs
#define __month_to_secs generic_month_to_secs
#include "time/__secs_to_tm.c"
#include "time/__tm_to_secs.c"
#include "time/__year_to_secs.c"
#include "time/__month_to_secs.c"

static int wrong;
static uint64_t state = 1;

static void expect(int good, const char *what, long long about)
{
	if (!good && wrong++ < 10) printf("%s: %lld\n", what, about);
}

/* Numbers of any length, by Marsaglia's xorshift. */
static int64_t any(void)
{
	state ^= state << 13, state ^= state >> 7, state ^= state << 17;
	return (int64_t)state >> state % 61;
}

static int same(const struct tm *a, const struct tm *b)
{
	return !memcmp(a, b, offsetof(struct tm, tm_isdst));
}

static void test_seconds(time_t t)
{
	struct tm ours, theirs;

	memset(&ours, 0x55, sizeof ours);
	theirs = ours;
	expect(!!gmtime_r(&t, &ours) == !generic_secs_to_tm(t, &theirs), "overflow", t);
	expect(same(&ours, &theirs), "gmtime", t);
}

static void test_broken_down(struct tm tm)
{
	long long t = generic_tm_to_secs(&tm);
	struct tm theirs = tm;
	int fits = !generic_secs_to_tm(t, &theirs);

	expect(timegm(&tm) == (fits ? t : -1), "timegm", tm.tm_year);
	expect(same(&tm, &theirs), "timegm, tm", tm.tm_year);
}

static void test_around(long long t)
{
	for (long long i = -1000; i <= 1000; i++) {
		test_seconds(t + i);
		test_seconds(t + 43200*i);
	}
}

static void test_zones(void)
{
	static const char eastern[] = "EST5EDT,M3.2.0,M11.1.0";
	const struct { const char *zone; time_t noon; } zones[] = {
		{ "UTC0", 12 * 3600 }, { "JST-9", 3 * 3600 }, { eastern, 17 * 3600 }, { "", 12 * 3600 },
		{ "<+14>-14", -2 * 3600 }, { eastern, 17 * 3600 }, { NULL, 12 * 3600 },
	};

	for (int i = 0; i < sizeof zones / sizeof *zones; i++) {
		struct tm tm = { .tm_year = 70, .tm_mday = 1, .tm_hour = 12, .tm_isdst = -1 };
		if (zones[i].zone) setenv("TZ", zones[i].zone, 1);
		else unsetenv("TZ");
		expect(mktime(&tm) == zones[i].noon, "mktime", i);
		expect(tm.tm_hour == 12 && tm.tm_wday == 4 && tm.tm_yday == 0, "mktime, tm", i);
		expect(localtime(&zones[i].noon)->tm_hour == 12, "localtime", i);
	}
}

int main(void)
{
	static const int years[] = { INT_MIN, INT_MIN + 1900, -2000, -300, 0, 100, 1 << 21, INT_MAX - 1900,
		INT_MAX };

	for (long long day = -200000; day < 400000; day++) test_seconds(86400 * day + any() % 86400);
	test_around(LLONG_MIN + 43200*1000LL);
	test_around(LLONG_MAX - 43200*1000LL);
	test_around(INT_MIN * 31622400LL);
	test_around(INT_MAX * 31622400LL);
	for (int i = 0; i < sizeof years / sizeof *years; i++) {
		for (int j = -1000; j < 1000; j++) {
			int year = j < 0 ? years[i] - (years[i] > INT_MIN + 1000 ? -j : 0)
				: years[i] + (years[i] < INT_MAX - 1000 ? j : 0);
			for (int month = -15; month < 27; month++)
				test_broken_down((struct tm){ .tm_year = year, .tm_mon = month, .tm_mday = 1 });
		}
		test_around(generic_year_to_secs(years[i], 0));
	}
	for (int i = 0; i < 1000000; i++) {
		test_seconds(any());
		test_broken_down((struct tm){ any(), any(), any(), any() % INT_MAX, any(), any() });
	}
	test_zones();
	puts(wrong ? "wrong" : "as it should be");
	return wrong;
}
