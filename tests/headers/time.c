/* <time.h>, <sys/time.h>, <sys/timeb.h>: calendars, zones, formats, clocks, timers. */
#include <errno.h>
#include <limits.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>
#include "check.h"

static void show(const char *zone, time_t t)
{
	char s[64];
	struct tm tm;

	setenv("TZ", zone, 1);
	tzset();
	localtime_r(&t, &tm);
	strftime(s, sizeof s, "%F %T %Z %z %a %j %U %W %V %G %u %w", &tm);
	time_t back = mktime(&tm);
	printf("%s %lld: %s dst %d off %ld back %lld\n", zone, (long long)t, s, tm.tm_isdst, tm.tm_gmtoff,
		(long long)back);
}

static void zones(void)
{
	static const char *const names[] = { "UTC0", "EST5EDT,M3.2.0,M11.1.0", "CET-1CEST,M3.5.0,M10.5.0/3",
		"AEST-10AEDT,M10.1.0,M4.1.0/3", "<+0330>-3:30", "NZST-12:00:00NZDT-13:00:00,M10.1.0,M3.3.0",
		"XXX3YYY,J60/0,J300", "AAA-1BBB,59,300/1:30" };
	static const long long times[] = { 0, -1, 951782400, 1079846999, 1079850600, 1099180799, 1710064799,
		1710064800, 1711846800, 1730005200, 4102444800, -2208988800, 253402200000 };

	for (int i = 0; i < sizeof names / sizeof *names; i++)
		for (int j = 0; j < sizeof times / sizeof *times; j++) show(names[i], times[j]);
	setenv("TZ", "EST5EDT,M3.2.0,M11.1.0", 1);
	tzset();
	T(timezone == 18000 && daylight && !strcmp(tzname[0], "EST") && !strcmp(tzname[1], "EDT"));
	struct tm gap = { .tm_year = 124, .tm_mon = 2, .tm_mday = 10, .tm_hour = 2, .tm_min = 30, .tm_isdst = -1 };
	struct tm over = { .tm_year = 124, .tm_mon = 13, .tm_mday = -3, .tm_hour = 50, .tm_min = -7, .tm_sec = 500 };
	time_t t = mktime(&gap);
	T(t == 1710055800 || t == 1710059400 || t == 1710052200);
	t = mktime(&over);
	printf("%lld %d-%d-%d %d:%d:%d wday %d yday %d\n", (long long)t, over.tm_year, over.tm_mon, over.tm_mday,
		over.tm_hour, over.tm_min, over.tm_sec, over.tm_wday, over.tm_yday);
	struct tm utc = { .tm_year = 70, .tm_mday = 1 };
	T(timegm(&utc) == 0);
	struct tm huge = { .tm_year = INT_MAX, .tm_mon = INT_MAX };
	errno = 0;
	T(timegm(&huge) == -1 && errno == EOVERFLOW);
	setenv("TZ", "UTC0", 1);
	tzset();
}

static void formats(void)
{
	static const char *const all[] = { "%a %A %b %B %h", "%c", "%C %y %Y", "%d %e %D %F", "%g %G %V",
		"%H %I %k|%l|%p %P", "%j %m %M %S", "%n%t%%", "%r %R %T", "%s", "%u %w %U %W", "%x %X",
		"%Ey %Od %EC" };
	struct tm tm = { .tm_year = 105, .tm_mon = 0, .tm_mday = 2, .tm_hour = 15, .tm_min = 4, .tm_sec = 5,
		.tm_wday = 0, .tm_yday = 1 };
	char s[128];

	for (int i = 0; i < sizeof all / sizeof *all; i++) {
		if (strstr(all[i], "%k")) continue; /* not in every C library */
		s[0] = 0;
		strftime(s, sizeof s, all[i], &tm);
		printf("%s -> %s\n", all[i], s);
	}
	T(strftime(s, 4, "%Y", &tm) == 0 && strftime(s, 5, "%Y", &tm) == 4);
	T(!strcmp(asctime(&tm), "Sun Jan  2 15:04:05 2005\n"));
	T(!strcmp(ctime(&(time_t){0}), "Thu Jan  1 00:00:00 1970\n"));
}

static void parse(const char *text, const char *format)
{
	struct tm tm = {0};
	char *end = strptime(text, format, &tm);

	printf("%s by %s: ", text, format);
	if (!end) puts("no");
	else printf("%d-%d-%d %d:%d:%d rest '%s'\n", tm.tm_year, tm.tm_mon, tm.tm_mday, tm.tm_hour, tm.tm_min,
		tm.tm_sec, end);
}

static void intervals(void)
{
	struct timespec a, b, r;
	struct timeval tv;
	struct itimerval it = { .it_value.tv_sec = 100 }, old;

	T(clock_gettime(CLOCK_REALTIME, &a) == 0 && a.tv_sec > 1600000000);
	T(clock_gettime(CLOCK_MONOTONIC, &a) == 0 && clock_getres(CLOCK_MONOTONIC, &r) == 0 && r.tv_nsec > 0);
	T(nanosleep(&(struct timespec){ 0, 20000000 }, NULL) == 0 && clock_gettime(CLOCK_MONOTONIC, &b) == 0);
	long long ns = (b.tv_sec - a.tv_sec) * 1000000000LL + b.tv_nsec - a.tv_nsec;
	T(ns >= 20000000 && ns < 5000000000LL);
	b.tv_nsec += 1000000;
	T(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &b, NULL) == 0);
	T(nanosleep(&(struct timespec){ 0, 1000000000 }, NULL) == -1 && errno == EINVAL);
	T(clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){ -1, 0 }, NULL) == EINVAL);
	T(clock_gettime(9999, &a) == -1 && errno == EINVAL);
	T(gettimeofday(&tv, NULL) == 0 && labs((long)(tv.tv_sec - time(NULL))) <= 1);
	T(timespec_get(&a, TIME_UTC) == TIME_UTC && clock() >= 0 && times(&(struct tms){0}) != -1);
	T(setitimer(ITIMER_REAL, &it, NULL) == 0 && getitimer(ITIMER_REAL, &old) == 0);
	T(old.it_value.tv_sec >= 98 && old.it_value.tv_sec <= 100 && alarm(0) > 90 && alarm(0) == 0);
	T(difftime(5, 3) == 2.0 && usleep(1000) == 0 && sleep(0) == 0);
	struct timeval x = { 1, 700000 }, y = { 1, 400000 };
	timeradd(&x, &y, &tv);
	T(tv.tv_sec == 3 && tv.tv_usec == 100000);
	T(clock_settime(CLOCK_REALTIME, &(struct timespec){ -1, -1 }) == -1);
	clockid_t id;
	T(clock_getcpuclockid(0, &id) == 0 && clock_gettime(id, &a) == 0);
}

int main(void)
{
	zones();
	formats();
	parse("2004-02-29 12:34:56", "%Y-%m-%d %H:%M:%S");
	parse("7 Jun 99", "%d %b %y");
	parse("Monday, March 3 2021 rest", "%A, %B %d %Y");
	parse("11:22:33 PM", "%I:%M:%S %p");
	parse("12:00 AM", "%I:%M %p");
	parse("19991231T235959", "%Y%m%dT%H%M%S");
	parse("10/11/12 13:14", "%D %R");
	parse("2001-13-01", "%Y-%m-%d");
	parse("x", "%d");
	parse("100%", "%C0%%");
	intervals();
	return 0;
}
