/* One function instead of three, without a branch that depends on the month or the year. */
#include <../time/time_impl.h> /* by musl's -Isrc/include */
#include <stdint.h>
#include "calendar.h"

long long __tm_to_secs(const struct tm *tm)
{
	long long year = tm->tm_year, cycles = 0, t;
	int month = tm->tm_mon;
	uint32_t y, days;

	if (month >= 12 || month < 0) {
		int adj = month / 12;
		month %= 12;
		if (month < 0) {
			adj--;
			month += 12;
		}
		year += adj;
	}

	/* March is 3, and the January after it 13. */
	year -= EPOCH_YEAR + (month < 2);
	month += month < 2 ? 13 : 1;
	if ((unsigned long long)year >= 1<<21) {
		cycles = year / 400 - (year % 400 < 0);
		year -= 400 * cycles;
	}
	y = year;
	days = DAYS_PER_4Y*y/4 - y/100 + y/400 + (979*month - 2919)/32;

	t = 86400 * (DAYS_PER_400Y*cycles + days) + EPOCH;
	t += 86400LL * (tm->tm_mday-1);
	t += 3600LL * tm->tm_hour;
	t += 60LL * tm->tm_min;
	t += tm->tm_sec;
	return t;
}
