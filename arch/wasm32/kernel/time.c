/* Clocks. */
#include "linux.h"
#include "memory.h"
#include "syscalls.h"
#include "time.h"
#include "wasi.h"

static u64 start;

u64 time_read(int id)
{
	u64 ns = 0;

	wasi_clock_time_get(id, 1, &ns);
	return ns;
}

u64 time_now(void)
{
	return time_read(WASI_MONOTONIC);
}

u64 time_realtime(void)
{
	return time_read(WASI_REALTIME);
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

int time_host_clock(int clock)
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

struct statx_time time_moment(u64 ns)
{
	i64 sec = ns / NS;
	u32 nsec = ns % NS;

	if (ns >= -((1ULL << 31) * NS)) {
		sec = (i64)ns / NS, nsec = 0;
		if (sec * NS != (i64)ns) sec--, nsec = (i64)ns - sec * NS;
	}
	return (struct statx_time){ sec, nsec, 0 };
}

struct timespec time_spec(u64 ns)
{
	return (struct timespec){ ns / NS, ns % NS, 0 };
}

long sys_clock_gettime64(int clock, struct timespec *time)
{
	int host = time_host_clock(clock);

	if (host < 0) return -EINVAL;
	if (!memory_valid(time, sizeof *time)) return -EFAULT;
	*time = time_spec(host == WASI_CPUTIME ? cpu_time() : time_read(host));
	return 0;
}

long sys_clock_getres_time64(int clock, struct timespec *resolution)
{
	int host = time_host_clock(clock);
	u64 ns;

	if (host < 0) return -EINVAL;
	if (!resolution) return 0;
	if (!memory_valid(resolution, sizeof *resolution)) return -EFAULT;
	if (wasi_clock_res_get(host, &ns)) ns = 1;
	*resolution = time_spec(ns);
	return 0;
}

long time_span(const struct timespec *span, u64 *ns)
{
	if (!memory_valid(span, sizeof *span)) return -EFAULT;
	if (span->sec < 0 || (unsigned)span->nsec >= NS) return -EINVAL;
	*ns = span->sec > 8 * NS ? FOREVER / 2 : span->sec * NS + span->nsec;
	return 0;
}

long sys_clock_settime64(int clock, const struct timespec *time)
{
	if (clock != CLOCK_REALTIME) return -EINVAL;
	if (!memory_valid(time, sizeof *time)) return -EFAULT;
	return time->sec < 0 || (unsigned)time->nsec >= NS ? -EINVAL : -EPERM;
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
