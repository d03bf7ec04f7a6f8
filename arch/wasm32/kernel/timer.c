/* The one interval timer.
 *
 * With one thread it can only be noticed in a syscall: SIGALRM comes with the
 * first one after its time, and ends a sleep. */
#include "memory.h"
#include "signal.h"
#include "syscalls.h"
#include "time.h"
#include "timer.h"

#define US 1000000

static u64 alarm_at, alarm_every;

u64 (*timer_others)(void);

static u64 expire(void)
{
	u64 next = timer_others ? timer_others() : FOREVER, now = alarm_at ? time_now() : 0;

	if (alarm_at && now >= alarm_at) {
		process_signal(SIGALRM);
		if (!alarm_every) alarm_at = 0;
		else alarm_at += ((now - alarm_at) / alarm_every + 1) * alarm_every;
	}
	if (!alarm_at && next == FOREVER) process_watch = NULL;
	return alarm_at ? MIN(alarm_at, next) : next;
}

void timer_armed(void)
{
	process_watch = expire;
	process_update();
}

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
	timer_armed();
	return 0;
}
