/* POSIX timers: any number, of any clock, each with its signal.
 *
 * As with the interval timer, only a syscall can notice that one's time has come. */
#include "memory.h"
#include "signal.h"
#include "syscalls.h"
#include "time.h"
#include "timer.h"
#include "wasi.h"

#define SIGEV_SIGNAL 0
#define SIGEV_NONE 1
#define SIGEV_THREAD_ID 4
#define OVERRUN_MAX 0x7fffffff

static struct timer {
	u8 used, silent;
	int sig, value, host;  /* host: WASI's clock */
	int overrun;
	u64 at, every;         /* by its clock; at 0: not armed */
} *timers;

#define TIMERS_GRANULES 4
#define TIMERS (TIMERS_GRANULES * GRANULE / sizeof *timers)

struct event {
	int value, sig, notify, thread;
};

static struct timer *find(int id)
{
	return timers && (unsigned)id < TIMERS && timers[id].used ? &timers[id] : NULL;
}

/* Its time has come, so often since it was last looked at. */
static void fire(struct timer *timer, u64 times)
{
	int id = timer - timers;
	struct siginfo *waiting = timer->silent ? NULL : process_find(timer->sig, SI_TIMER, id);
	u64 over = times - 1 + (waiting ? (u64)waiting->uid + 1 : 0);

	if (timer->silent) return;
	timer->overrun = MIN(over, OVERRUN_MAX);
	if (waiting) waiting->uid = timer->overrun;
	else process_post(timer->sig, &(struct siginfo){ .signo = timer->sig, .code = SI_TIMER,
		.pid = id, .uid = timer->overrun, .value = timer->value });
}

static void look(struct timer *timer, u64 now)
{
	u64 times;

	if (!timer->at || now < timer->at) return;
	times = timer->every ? (now - timer->at) / timer->every + 1 : 1;
	timer->at = timer->every ? timer->at + times * timer->every : 0;
	fire(timer, times);
}

/* Time of the process itself does not pass while it waits: so the last moment. */
static u64 due(const struct timer *timer, u64 now)
{
	return timer->host == WASI_CPUTIME ? FOREVER - 1 : time_now() + (timer->at - now);
}

static u64 expire(void)
{
	u64 next = FOREVER;

	for (struct timer *timer = timers; timer < timers + TIMERS; timer++) {
		u64 now = timer->used && timer->at ? time_read(timer->host) : 0;
		look(timer, now);
		if (timer->used && timer->at && due(timer, now) < next) next = due(timer, now);
	}
	return next;
}

/* The clocks that Linux has timers for. */
static int has_timers(int clock)
{
	return clock < 0 || clock <= CLOCK_THREAD_CPUTIME_ID || clock == CLOCK_BOOTTIME || clock == CLOCK_TAI;
}

static int new_timer(void)
{
	if (!timers) timers = memory_take(TIMERS_GRANULES);
	if (timers) for (size_t i = 0; i < TIMERS; i++) if (!timers[i].used) return i;
	return -1;
}

static int is_bad(const struct event *event)
{
	if (event->notify == SIGEV_NONE) return 0;
	if (event->notify != SIGEV_SIGNAL && event->notify != SIGEV_THREAD_ID) return 1;
	if (event->notify == SIGEV_THREAD_ID && event->thread != PID) return 1;
	return event->sig <= 0 || event->sig >= NSIG;
}

long sys_timer_create(int clock, const void *given, int *id)
{
	struct event event = { 0, SIGALRM, SIGEV_SIGNAL, 0 };
	int host = time_host_clock(clock), new;

	if (host < 0) return -EINVAL;
	if (!has_timers(clock)) return -EOPNOTSUPP;
	if (given && !memory_valid(given, sizeof event)) return -EFAULT;
	if (given) event = *(const struct event *)given;
	if (is_bad(&event)) return -EINVAL;
	if (!memory_valid(id, sizeof *id)) return -EFAULT;
	new = new_timer();
	if (new < 0) return -EAGAIN;
	timers[new] = (struct timer){ 1, event.notify == SIGEV_NONE, event.sig, given ? event.value : new,
		host, 0, 0, 0 };
	*id = new;
	return 0;
}

/* interval and time left */
static void tell(struct timer *timer, struct timespec out[2])
{
	u64 now = time_read(timer->host), left;

	look(timer, now);
	left = timer->at > now ? timer->at - now : !!timer->at; /* zero would say: not armed */
	out[0] = time_spec(timer->every);
	out[1] = time_spec(left);
}

long sys_timer_gettime64(int id, void *value)
{
	if (!find(id)) return -EINVAL;
	if (!memory_valid(value, 2 * sizeof(struct timespec))) return -EFAULT;
	tell(find(id), value);
	return 0;
}

long sys_timer_settime64(int id, int flags, const void *new, void *old)
{
	struct timer *timer = find(id);
	const struct timespec *given = new;
	u64 every, first;
	long error;

	if (!new) return -EINVAL;
	error = memory_valid(new, 2 * sizeof *given) ? 0 : -EFAULT;
	if (!error) error = time_span(&given[0], &every) ?: time_span(&given[1], &first);
	if (error) return error;
	if (!timer) return -EINVAL;
	if (old && !memory_valid(old, 2 * sizeof *given)) return -EFAULT;
	if (old) tell(timer, old);
	timer->every = every;
	timer->overrun = 0;
	timer->at = !first ? 0 : flags & TIMER_ABSTIME ? first : time_read(timer->host) + first;
	timer_others = expire;
	timer_armed();
	return 0;
}

long sys_timer_getoverrun(int id)
{
	return find(id) ? find(id)->overrun : -EINVAL;
}

long sys_timer_delete(int id)
{
	if (!find(id)) return -EINVAL;
	find(id)->used = find(id)->at = 0;
	return 0;
}
