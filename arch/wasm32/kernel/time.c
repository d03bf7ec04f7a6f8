/* Clocks, sleep, and the one interval timer.
 *
 * With one thread the timer can only be noticed in a syscall: SIGALRM comes
 * with the first one after its time, and ends a sleep. */
#include "memory.h"
#include "process.h"
#include "syscalls.h"
#include "time.h"
#include "wasi.h"

#define WASI_REALTIME 0
#define WASI_MONOTONIC 1
#define WASI_CPUTIME 2

static u64 start, alarm_at, alarm_every;

static u64 read_clock(int id)
{
	u64 ns = 0;

	wasi_clock_time_get(id, 1, &ns);
	return ns;
}

u64 time_now(void)
{
	return read_clock(WASI_MONOTONIC);
}

u64 time_realtime(void)
{
	return read_clock(WASI_REALTIME);
}

void time_initialize(void)
{
	start = time_now();
}

u64 time_uptime(void)
{
	return time_now() - start;
}

/* The CPU clock of a process or thread: ~id << 3 and two bits of which, 3 of
 * them being something else. The only ones are our own. */
static int is_own_cpu_clock(int clock)
{
	int id = ~(clock >> 3);

	return clock < 0 && (clock & 3) != 3 && (!id || id == PID);
}

/* WASI's clock for one of Linux's, or -1. */
static int host_clock(int clock)
{
	static const u8 clocks[] = {
		[CLOCK_REALTIME] = WASI_REALTIME, [CLOCK_MONOTONIC] = WASI_MONOTONIC,
		[CLOCK_PROCESS_CPUTIME_ID] = WASI_CPUTIME, [CLOCK_THREAD_CPUTIME_ID] = WASI_CPUTIME,
		[CLOCK_MONOTONIC_RAW] = WASI_MONOTONIC, [CLOCK_REALTIME_COARSE] = WASI_REALTIME,
		[CLOCK_MONOTONIC_COARSE] = WASI_MONOTONIC, [CLOCK_BOOTTIME] = WASI_MONOTONIC,
	};

	if (clock == CLOCK_TAI) return WASI_REALTIME;
	if (is_own_cpu_clock(clock)) return WASI_CPUTIME;
	return (unsigned)clock < LENGTH(clocks) ? clocks[clock] : -1;
}

/* Not every host has a CPU clock; the time since the start is its upper bound. */
static u64 cpu_time(void)
{
	u64 ns;

	return wasi_clock_time_get(WASI_CPUTIME, 1, &ns) ? time_uptime() : ns;
}

static struct timespec timespec(u64 ns)
{
	return (struct timespec){ ns / NS, ns % NS, 0 };
}

long sys_clock_gettime64(int clock, struct timespec *time)
{
	int host = host_clock(clock);

	if (host < 0) return -EINVAL;
	if (!memory_valid(time, sizeof *time)) return -EFAULT;
	*time = timespec(host == WASI_CPUTIME ? cpu_time() : read_clock(host));
	return 0;
}

long sys_clock_getres_time64(int clock, struct timespec *resolution)
{
	int host = host_clock(clock);
	u64 ns;

	if (host < 0) return -EINVAL;
	if (!resolution) return 0;
	if (!memory_valid(resolution, sizeof *resolution)) return -EFAULT;
	if (wasi_clock_res_get(host, &ns)) ns = 1;
	*resolution = timespec(ns);
	return 0;
}

long time_span(const struct timespec *span, u64 *ns)
{
	if (!memory_valid(span, sizeof *span)) return -EFAULT;
	if (span->sec < 0 || (unsigned)span->nsec >= NS) return -EINVAL;
	*ns = span->sec > 8 * NS ? FOREVER / 2 : span->sec * NS + span->nsec;
	return 0;
}

int time_armed(void)
{
	return alarm_at != 0;
}

void time_expire(void)
{
	u64 now = alarm_at ? time_now() : 0;

	if (!alarm_at || now < alarm_at) return;
	process_signal(SIGALRM);
	if (!alarm_every) alarm_at = 0;
	else alarm_at += ((now - alarm_at) / alarm_every + 1) * alarm_every;
}

static void host_sleep(u64 ns)
{
	struct wasi_subscription in = { .tag = WASI_CLOCK };
	struct wasi_event out;
	size_t events;

	in.clock.id = WASI_MONOTONIC;
	in.clock.timeout = ns;
	wasi_poll_oneoff(&in, &out, 1, &events);
}

long time_wait(u64 until)
{
	u64 now = time_now();

	for (;;) {
		u64 stop = alarm_at && alarm_at < until ? alarm_at : until;
		time_expire();
		if (process_interrupted()) return -EINTR;
		if (now >= until) return 0;
		if (stop == FOREVER) process_deadlock();
		if (stop > now) host_sleep(stop - now);
		now = time_now();
	}
}

long sys_clock_nanosleep_time64(int clock, int flags, const struct timespec *request,
	struct timespec *remain)
{
	int host = host_clock(clock);
	u64 ns, until, now;
	long error;

	if (host < 0 || clock == CLOCK_THREAD_CPUTIME_ID) return -EINVAL;
	error = time_span(request, &ns);
	if (error) return error;
	if (flags & ~TIMER_ABSTIME) return -EINVAL;
	if (remain && !flags && !memory_valid(remain, sizeof *remain)) return -EFAULT;
	now = read_clock(host);
	if (flags) ns = ns > now ? ns - now : 0;
	until = time_now() + ns;
	error = time_wait(until);
	if (!error || !remain || flags) return error;
	now = time_now();
	*remain = timespec(until > now ? until - now : 0);
	return error;
}

#define US 1000000

static void read_timer(long *value)
{
	u64 now = alarm_at ? time_now() : 0, left = alarm_at > now ? alarm_at - now : 0;

	if (alarm_at && left < 1000) left = 1000; /* zero would say: not armed */
	value[0] = alarm_every / NS;
	value[1] = alarm_every % NS / 1000;
	value[2] = left / NS;
	value[3] = left % NS / 1000;
}

/* value: interval and time left, each in seconds and microseconds */
long sys_getitimer(int which, long *value)
{
	if (which < 0 || which > 2) return -EINVAL;
	if (!memory_valid(value, 4 * sizeof *value)) return -EFAULT;
	if (which) __builtin_memset(value, 0, 4 * sizeof *value);
	else read_timer(value);
	return 0;
}

long sys_setitimer(int which, const long *value, long *old)
{
	long new[4] = { 0 };

	if (which < 0 || which > 2) return -EINVAL;
	if (value && !memory_valid(value, sizeof new)) return -EFAULT;
	if (old && !memory_valid(old, sizeof new)) return -EFAULT;
	if (value) __builtin_memcpy(new, value, sizeof new);
	if (new[0] < 0 || new[2] < 0 || (unsigned)new[1] >= US || (unsigned)new[3] >= US) return -EINVAL;
	if (which) return -ENOSYS; /* nothing counts only the process's own time */
	if (old) read_timer(old);
	alarm_every = new[0] * NS + new[1] * 1000LL;
	alarm_at = new[2] || new[3] ? time_now() + new[2] * NS + new[3] * 1000LL : 0;
	process_update();
	return 0;
}

long sys_times(long *tms)
{
	if (tms && !memory_valid(tms, 4 * sizeof *tms)) return -EFAULT;
	if (tms) {
		__builtin_memset(tms, 0, 4 * sizeof *tms);
		tms[0] = cpu_time() / (NS / CLOCK_TICKS);
	}
	return time_uptime() / (NS / CLOCK_TICKS);
}

long sys_getrusage(int who, struct rusage *usage)
{
	u64 ns = cpu_time();

	if (who != 0 && who != -1 && who != 1) return -EINVAL;
	if (!memory_valid(usage, sizeof *usage)) return -EFAULT;
	__builtin_memset(usage, 0, sizeof *usage);
	if (who == -1) return 0;
	usage->utime[0] = ns / NS;
	usage->utime[1] = ns % NS / 1000;
	usage->maxrss = memory_total() / 1024;
	return 0;
}
