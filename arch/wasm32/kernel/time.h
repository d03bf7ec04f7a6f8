/* Clocks, sleep, and the one interval timer. */
#ifndef TIME_H
#define TIME_H

#include "linux.h"

#define NS 1000000000LL
#define FOREVER (~0ULL)

/* Nanoseconds of the monotonic clock. */
u64 time_now(void);

/* Nanoseconds since 1970. */
u64 time_realtime(void);

/* Nanoseconds of a relative timespec, at most FOREVER - 1; or -EFAULT, -EINVAL. */
long time_span(const struct timespec *span, u64 *ns);

/* Waits until the monotonic time, or until a signal can be delivered: then
 * -EINTR. If nothing can ever end the wait, neither does the process go on. */
long time_wait(u64 until);

/* Raises SIGALRM if its time has come. */
void time_expire(void);
int time_armed(void);

/* Nanoseconds since the start. */
u64 time_uptime(void);

void time_initialize(void);

#endif
