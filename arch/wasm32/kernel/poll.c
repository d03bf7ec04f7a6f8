/* poll and select: pipes and files by what the kernel knows, the rest by WASI. */
#include "host.h"
#include "memory.h"
#include "pipe.h"
#include "signal.h"
#include "syscalls.h"
#include "wait.h"

#define IN (POLLIN | POLLRDNORM)
#define OUT (POLLOUT | POLLWRNORM)
#define ALWAYS (POLLERR | POLLHUP | POLLNVAL)

static struct wasi_subscription subscriptions[2 * OPEN_MAX + 1];
static struct wasi_event events[2 * OPEN_MAX + 1];

/* Whether only the host knows. */
static int is_remote(struct file *file)
{
	int type = file && file->kind == FILE_HOST ? file_type(file) : WASI_REGULAR_FILE;

	return type != WASI_REGULAR_FILE && !file->ready && type != WASI_DIRECTORY && type != WASI_BLOCK_DEVICE;
}

static int local_events(struct file *file)
{
	if (!file) return POLLNVAL;
	return file->pipe ? pipe_events(file) : IN | OUT;
}

static size_t subscribe(size_t n, int fd, int host, int tag)
{
	subscriptions[n] = (struct wasi_subscription){ .userdata = fd, .tag = tag, .fd = host };
	return n + 1;
}

static size_t subscribe_clock(size_t n, u64 ns)
{
	subscriptions[n] = (struct wasi_subscription){ .userdata = -1ULL, .tag = WASI_CLOCK };
	subscriptions[n].clock.id = WASI_MONOTONIC;
	subscriptions[n].clock.timeout = ns;
	return n + 1;
}

static void take_event(struct pollfd *fds, const struct wasi_event *event)
{
	struct pollfd *p = &fds[event->userdata];
	int wanted = event->type == WASI_FD_READ ? IN : OUT;

	if (event->error) p->revents |= event->error == WASI_EBADF ? POLLNVAL : POLLERR;
	else p->revents |= wanted & p->events;
	if (event->flags & 1) p->revents |= POLLHUP;
}

/* Below a millisecond node looks at no file, and wasmtime's threads have not yet. */
#define LEAST 2000000

static void all_ready(struct pollfd *fds, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (is_remote(fd_file(fds[i].fd))) fds[i].revents = fds[i].events & (IN | OUT);
}

/* Asks the host about the remote files among fds, waiting at most ns. */
static void ask_host(struct pollfd *fds, unsigned count, u64 ns)
{
	size_t n = 0, got = 0;

	for (unsigned i = 0; i < count; i++) {
		struct file *file = fd_file(fds[i].fd);
		if (!is_remote(file)) continue;
		if (fds[i].events & IN) n = subscribe(n, i, file->host, WASI_FD_READ);
		if (fds[i].events & OUT) n = subscribe(n, i, file->host, WASI_FD_WRITE);
	}
	if (!n) return;
	if (ns != FOREVER) n = subscribe_clock(n, ns < LEAST ? LEAST : ns);
	if (wasi_poll_oneoff(subscriptions, events, n, &got)) got = 0;
	if (!got && ns == FOREVER) all_ready(fds, count); /* no host waits for these */
	for (size_t i = 0; i < got; i++)
		if (events[i].type != WASI_CLOCK && events[i].userdata < count) take_event(fds, &events[i]);
}

static int look(struct pollfd *fds, unsigned count)
{
	int ready = 0;

	for (unsigned i = 0; i < count; i++) {
		struct file *file = fd_file(fds[i].fd);
		fds[i].revents = 0;
		if (fds[i].fd < 0 || is_remote(file)) continue;
		fds[i].revents = local_events(file) & (fds[i].events | ALWAYS);
		ready += !!fds[i].revents;
	}
	return ready;
}

static int any_remote(struct pollfd *fds, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (is_remote(fd_file(fds[i].fd)) && fds[i].events & (IN | OUT)) return 1;
	return 0;
}

static long count_ready(struct pollfd *fds, unsigned count)
{
	long ready = 0;

	for (unsigned i = 0; i < count; i++) ready += !!fds[i].revents;
	return ready;
}

/* The host waits, but a timer of the kernel's own may be due before. */
static long wait_host(struct pollfd *fds, unsigned count, u64 ns)
{
	u64 until = !ns || ns == FOREVER ? ns : time_now() + ns, next, now;

	for (;;) {
		next = process_watch && until ? process_watch() : FOREVER;
		if (until && process_interrupted()) return -EINTR;
		now = until && MIN(next, until) != FOREVER ? time_now() : 0;
		next = MIN(next, until);
		ask_host(fds, count, next == FOREVER ? FOREVER : next > now ? next - now : 0);
		if (!until || count_ready(fds, count)) return count_ready(fds, count);
		if (until != FOREVER && time_now() >= until) return 0;
	}
}

static long wait_ready(struct pollfd *fds, unsigned count, u64 ns)
{
	int ready = look(fds, count);

	if (any_remote(fds, count)) return wait_host(fds, count, ready ? 0 : ns);
	if (ready || !ns) return ready;
	return wait_until(ns == FOREVER ? FOREVER : time_now() + ns);
}

/* With the guest's other mask, if it gives one, as long as it waits. */
static long masked(struct pollfd *fds, unsigned count, u64 ns, const sigset_t *mask)
{
	sigset_t old;
	long result;

	if (!mask) return wait_ready(fds, count, ns);
	old = process_mask(*mask);
	result = process_interrupted() ? -EINTR : wait_ready(fds, count, ns);
	process_deliver();
	process_mask(old);
	return result;
}

long sys_ppoll_time64(struct pollfd *fds, unsigned count, struct timespec *timeout,
	const sigset_t *mask, size_t size)
{
	static struct pollfd copy[OPEN_MAX];
	u64 ns = FOREVER;
	long result = 0;

	if (count > OPEN_MAX || (mask && size != sizeof *mask)) return -EINVAL;
	if (!memory_valid(fds, count * sizeof *fds)) return -EFAULT;
	if (mask && !memory_valid(mask, sizeof *mask)) return -EFAULT;
	if (timeout) result = time_span(timeout, &ns);
	if (result) return result;
	__builtin_memcpy(copy, fds, count * sizeof *fds);
	result = masked(copy, count, ns, mask);
	for (unsigned i = 0; result >= 0 && i < count; i++) fds[i].revents = copy[i].revents;
	return result;
}

static int has(const unsigned long *set, int fd)
{
	return set && set[fd / 32] >> fd % 32 & 1;
}

static unsigned from_sets(struct pollfd *fds, int count, unsigned long *const sets[3])
{
	static const short asked[] = { IN, OUT, POLLPRI };
	unsigned n = 0;

	for (int fd = 0; fd < count; fd++) {
		int wanted = 0;
		for (int i = 0; i < 3; i++) if (has(sets[i], fd)) wanted |= asked[i];
		if (wanted) fds[n++] = (struct pollfd){ fd, wanted, 0 };
	}
	return n;
}

static long to_sets(const struct pollfd *fds, unsigned n, int count, unsigned long *const sets[3])
{
	static const short told[] = { IN | POLLHUP | POLLERR, OUT | POLLERR, POLLPRI };
	static const short asked[] = { IN, OUT, POLLPRI };
	size_t words = (count + 31) / 32;
	long ready = 0;

	for (int i = 0; i < 3; i++) {
		if (!sets[i]) continue;
		__builtin_memset(sets[i], 0, words * sizeof *sets[i]);
		for (unsigned j = 0; j < n; j++) {
			if (!(fds[j].events & asked[i]) || !(fds[j].revents & told[i])) continue;
			sets[i][fds[j].fd / 32] |= 1UL << fds[j].fd % 32;
			ready++;
		}
	}
	return ready;
}

static int any_bad(const struct pollfd *fds, unsigned n)
{
	for (unsigned i = 0; i < n; i++) if (!fd_file(fds[i].fd)) return 1;
	return 0;
}

/* mask: the address and the size of a signal mask */
long sys_pselect6_time64(int count, unsigned long *read, unsigned long *write,
	unsigned long *except, struct timespec *timeout, const unsigned long *mask)
{
	static struct pollfd fds[OPEN_MAX];
	unsigned long *const sets[] = { read, write, except };
	const sigset_t *set = NULL;
	u64 ns = FOREVER;
	unsigned n;
	long result = 0;

	if (count < 0 || count > OPEN_MAX) return -EINVAL;
	for (int i = 0; i < 3; i++)
		if (sets[i] && !memory_valid(sets[i], (count + 31) / 32 * sizeof **sets)) return -EFAULT;
	if (mask && !memory_valid(mask, 2 * sizeof *mask)) return -EFAULT;
	if (mask) set = (const sigset_t *)mask[0];
	if (set && mask[1] != sizeof *set) return -EINVAL;
	if (set && !memory_valid(set, sizeof *set)) return -EFAULT;
	if (timeout) result = time_span(timeout, &ns);
	if (result) return result;
	n = from_sets(fds, count, sets);
	if (any_bad(fds, n)) return -EBADF;
	result = masked(fds, n, ns, set);
	return result < 0 ? result : to_sets(fds, n, count, sets);
}
