/* Waiting for a time, a signal, a futex. */
#include "exit.h"
#include "memory.h"
#include "signal.h"
#include "syscalls.h"
#include "wait.h"
#include "wasi.h"

static void deadlock(void)
{
	static const char text[] = "kernel: the only thread waits for what cannot happen\n";
	struct { const void *base; size_t len; } iov = { text, sizeof text - 1 };
	size_t done;

	wasi_fd_write(2, (const struct iovec *)&iov, 1, &done);
	process_exit(128 + SIGKILL);
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

long wait_until(u64 until)
{
	u64 now = time_now();

	for (;;) {
		u64 next = process_watch ? process_watch() : FOREVER, stop = MIN(next, until);
		if (process_interrupted()) return -EINTR;
		if (now >= until) return 0;
		if (stop == FOREVER) deadlock();
		if (stop > now) host_sleep(stop - now);
		now = time_now();
	}
}

long sys_rt_sigsuspend(const sigset_t *mask, size_t size)
{
	sigset_t old;

	if (size != sizeof *mask) return -EINVAL;
	if (!memory_valid(mask, sizeof *mask)) return -EFAULT;
	old = process_mask(*mask);
	wait_until(FOREVER);
	process_deliver();
	process_mask(old);
	return -EINTR;
}

/* What is waited for is blocked as a rule, so it is looked for, not delivered. */
static long wait_for(sigset_t set, u64 until, struct siginfo *info)
{
	while (!process_pending(set)) {
		sigset_t old = process_mask(process_blocked() & ~set);
		long result = wait_until(until);
		process_mask(old);
		if (!result) return -EAGAIN;
		if (!process_pending(set)) return -EINTR;
	}
	return process_take(set, info);
}

long sys_rt_sigtimedwait_time64(const sigset_t *set, struct siginfo *info,
	const struct timespec *timeout, size_t size)
{
	u64 ns, until = FOREVER;
	long result;

	if (size != sizeof *set) return -EINVAL;
	if (!memory_valid(set, sizeof *set)) return -EFAULT;
	if (info && !memory_valid(info, sizeof *info)) return -EFAULT;
	if (timeout) {
		result = time_span(timeout, &ns);
		if (result) return result;
		until = time_now() + ns;
	}
	return wait_for(*set, until, info);
}

long sys_clock_nanosleep_time64(int clock, int flags, const struct timespec *request,
	struct timespec *remain)
{
	int host = time_host_clock(clock);
	u64 ns, until, now;
	long error;

	if (host < 0 || clock == CLOCK_THREAD_CPUTIME_ID) return -EINVAL;
	error = time_span(request, &ns);
	if (error) return error;
	if (flags & ~TIMER_ABSTIME) return -EINVAL;
	if (remain && !flags && !memory_valid(remain, sizeof *remain)) return -EFAULT;
	now = time_read(host);
	if (flags) ns = ns > now ? ns - now : 0;
	until = time_now() + ns;
	error = wait_until(until);
	if (!error || !remain || flags) return error;
	now = time_now();
	*remain = time_spec(until > now ? until - now : 0);
	return error;
}

#define FUTEX_WAIT 0
#define FUTEX_WAKE 1
#define FUTEX_REQUEUE 3
#define FUTEX_CMP_REQUEUE 4
#define FUTEX_LOCK_PI 6
#define FUTEX_UNLOCK_PI 7
#define FUTEX_TRYLOCK_PI 8
#define FUTEX_WAIT_BITSET 9
#define FUTEX_WAKE_BITSET 10
#define FUTEX_CLOCK_REALTIME 256

static long futex_wait(const int *word, int op, int value, const struct timespec *timeout)
{
	u64 ns, now, until = FOREVER;
	long error = timeout ? time_span(timeout, &ns) : 0;

	if (error) return error;
	if (*(volatile int *)word != value) return -EAGAIN;
	if (timeout) {
		struct timespec t;
		now = 0;
		if ((op & 127) == FUTEX_WAIT_BITSET) {
			sys_clock_gettime64(op & FUTEX_CLOCK_REALTIME ? CLOCK_REALTIME : CLOCK_MONOTONIC, &t);
			now = t.sec * NS + t.nsec;
		}
		until = time_now() + (ns > now ? ns - now : 0);
	}
	return wait_until(until) ? -EINTR : -ETIMEDOUT;
}

#define FUTEX_TID_MASK 0x3fffffff

static int owner(int word)
{
	return word & FUTEX_TID_MASK;
}

/* The owner of a lock with priority inheritance is in its word; timeout: absolute. */
static long lock_pi(int *word, const struct timespec *timeout)
{
	u64 ns, now = timeout ? time_realtime() : 0;
	long error = timeout ? time_span(timeout, &ns) : 0;

	if (error) return error;
	if (owner(*word) == PID) return -EDEADLK;
	if (owner(*word)) return wait_until(timeout ? time_now() + (ns > now ? ns - now : 0) : FOREVER)
		? -EINTR : -ETIMEDOUT;
	*word |= PID;
	return 0;
}

/* What a thread still holds at its end: nobody could have it after this one. */
static void *robust_list;
static size_t robust_size;

long sys_set_robust_list(void *head, size_t size)
{
	if (size != 3 * sizeof(long)) return -EINVAL;
	robust_list = head;
	robust_size = size;
	return 0;
}

long sys_get_robust_list(int pid, void **head, size_t *size)
{
	if (pid && pid != PID) return -ESRCH;
	if (!memory_valid(head, sizeof *head) || !memory_valid(size, sizeof *size)) return -EFAULT;
	*head = robust_list;
	*size = robust_size;
	return 0;
}

/* Nobody else can change the word: a wait ends by its time or by a signal. */
long sys_futex_time64(int *word, int op, int value, const struct timespec *timeout,
	int *word2, int value3)
{
	(void)word2, (void)value3;
	if ((unsigned long)word % sizeof *word) return -EINVAL;
	if (!memory_valid(word, sizeof *word)) return -EFAULT;
	switch (op & 127) {
	case FUTEX_WAIT: case FUTEX_WAIT_BITSET: return futex_wait(word, op, value, timeout);
	case FUTEX_WAKE: case FUTEX_WAKE_BITSET: return 0;
	case FUTEX_REQUEUE: case FUTEX_CMP_REQUEUE: return 0;
	case FUTEX_LOCK_PI: return lock_pi(word, timeout);
	case FUTEX_TRYLOCK_PI: return *word & FUTEX_TID_MASK ? owner(*word) == PID ? -EDEADLK : -EAGAIN : lock_pi(word, NULL);
	case FUTEX_UNLOCK_PI: return owner(*word) == PID ? *word = 0 : -EPERM;
	}
	return -ENOSYS;
}
