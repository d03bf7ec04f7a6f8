/* Clocks. */
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

/* WASI's clock for one of Linux's, or -1; its time. */
int time_host_clock(int clock);
u64 time_read(int host);

struct timespec time_spec(u64 ns);

/* A file's time from nanoseconds since 1970, modulo 2^64: from 1901 on. */
struct statx_time time_moment(u64 ns);

/* Nanoseconds since the start. */
u64 time_uptime(void);

void time_initialize(void);

#endif
