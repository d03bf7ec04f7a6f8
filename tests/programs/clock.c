/* Time: the calendar in two zones, formatting, and clocks that go on. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void calendar(const char *zone)
{
	char text[128];
	struct tm tm;
	time_t moments[] = {0, 951782400, 1720000000, 4102444800, -86400};
	setenv("TZ", zone, 1);
	tzset();
	for (size_t i = 0; i < sizeof moments / sizeof *moments; i++) {
		localtime_r(&moments[i], &tm);
		strftime(text, sizeof text, "%a %Y-%m-%d %H:%M:%S %Z %z day %j week %V", &tm);
		printf("%s | back: %d\n", text, mktime(&tm) == moments[i]);
	}
}

static void normalized(void)
{
	struct tm tm = {.tm_year = 124, .tm_mon = 13, .tm_mday = 31, .tm_hour = 25};
	time_t t = timegm(&tm);
	printf("timegm: %lld %s", (long long)t, asctime(&tm));
	printf("difftime: %.0f\n", difftime(t, 0));
	memset(&tm, 0, sizeof tm);
	char *end = strptime("20 Jul 1969 20:17", "%d %b %Y %H:%M", &tm);
	printf("strptime: %d %d %d %d:%d\n", end && !*end, tm.tm_year, tm.tm_mon, tm.tm_hour, tm.tm_min);
}

static void clocks(void)
{
	struct timespec a, b, nap = {.tv_nsec = 5000000};
	printf("epoch is past: %d\n", time(NULL) > 1700000000);
	clock_gettime(CLOCK_MONOTONIC, &a);
	if (nanosleep(&nap, NULL)) exit(2);
	clock_gettime(CLOCK_MONOTONIC, &b);
	long long passed = (b.tv_sec - a.tv_sec) * 1000000000LL + b.tv_nsec - a.tv_nsec;
	printf("slept: %d\n", passed >= 5000000);
	printf("resolution: %d\n", clock_getres(CLOCK_REALTIME, &a) == 0 && a.tv_sec == 0);
}

int main(void)
{
	calendar("UTC0");
	calendar("EST5EDT,M3.2.0,M11.1.0");
	normalized();
	clocks();
	return 0;
}
