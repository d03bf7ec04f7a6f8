/* The generic one has three divisions of 64 bits, and a loop whose end no processor foresees. */
#include <../time/time_impl.h> /* by musl's -Isrc/include */
#include <limits.h>
#include <stdint.h>
#include "calendar.h"

#define CYCLE (86400LL * DAYS_PER_400Y)

int __secs_to_tm(long long t, struct tm *tm)
{
	long long cycles = 0, years;
	uint32_t days, secs, century, of_century, year, of_year, month;
	int leap, next;

	/* Reject time_t values whose year would overflow int */
	if (t < INT_MIN * 31622400LL || t > INT_MAX * 31622400LL)
		return -1;

	/* A day is 675 * 2^7 seconds: 32 bits do until the year 19021. */
	t -= EPOCH;
	if (t >> 7 != (uint32_t)(t >> 7)) {
		cycles = t / CYCLE - (t % CYCLE < 0);
		t -= cycles * CYCLE;
	}
	days = (uint32_t)(t >> 7) / 675;
	secs = t - 86400LL * days;

	century = (4*days + 3) / DAYS_PER_400Y;
	of_century = (4*days + 3) % DAYS_PER_400Y | 3;
	year = of_century / DAYS_PER_4Y;
	of_year = of_century % DAYS_PER_4Y / 4;
	month = 2141*of_year + 197913; /* times 2^16; March is 3 */

	leap = (year ? year : century) % 4 == 0;
	next = of_year >= 306; /* January or February of the next year */
	years = 400*cycles + 100*century + year + next + EPOCH_YEAR;
	if (years != (int)years)
		return -1;

	tm->tm_year = years;
	tm->tm_mon = (int)(month >> 16) - (next ? 13 : 1);
	tm->tm_mday = (month & 65535) / 2141 + 1;
	tm->tm_wday = (days + 3) % 7;
	tm->tm_yday = next ? of_year - 306 : of_year + 31 + 28 + leap;

	tm->tm_hour = secs / 3600;
	tm->tm_min = secs / 60 % 60;
	tm->tm_sec = secs % 60;

	return 0;
}
