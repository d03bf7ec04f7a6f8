/* Real-time signals queue, timers fire and count, handlers run on their own stack. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#define T(x) printf("%s: %s\n", #x, (x) ? "yes" : "NO")

static int got, values[20], codes[20];
static void note(int sig, siginfo_t *info, void *context)
{
	(void)context;
	values[got] = info->si_value.sival_int, codes[got++] = info->si_code;
}

static char other[65536];
static int inside, refused, told;
static sigjmp_buf back;
static void on_stack(int sig)
{
	char here;
	stack_t now;

	inside = &here > other && &here < other + sizeof other;
	sigaltstack(0, &now);
	told = now.ss_flags & SS_ONSTACK;
	errno = 0;
	refused = sigaltstack(&(stack_t){ .ss_flags = SS_DISABLE }, 0) == -1 && errno == EPERM;
	if (sig == SIGUSR2) siglongjmp(back, 1);
}

static void queue(void)
{
	struct sigaction action = { .sa_sigaction = note, .sa_flags = SA_SIGINFO };
	sigset_t set, pending;

	sigemptyset(&set);
	for (int i = 0; i < 3; i++) sigaction(SIGRTMIN + i, &action, 0), sigaddset(&set, SIGRTMIN + i);
	sigaction(SIGUSR1, &action, 0), sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, 0);
	for (int i = 0; i < 3; i++) sigqueue(getpid(), SIGRTMIN + 1, (union sigval){ i });
	sigqueue(getpid(), SIGRTMIN, (union sigval){ 7 });
	for (int i = 0; i < 3; i++) sigqueue(getpid(), SIGUSR1, (union sigval){ 20 + i });
	kill(getpid(), SIGRTMIN + 2);
	sigpending(&pending);
	T(sigismember(&pending, SIGRTMIN + 1) && !got);
	sigprocmask(SIG_UNBLOCK, &set, 0);
	printf("%d:", got);
	for (int i = 0; i < got; i++) printf(" %d", values[i]);
	printf("\n");
	T(codes[0] == SI_USER && codes[1] == SI_QUEUE);
}

static void wait_for(void)
{
	sigset_t set;
	siginfo_t info;

	sigemptyset(&set), sigaddset(&set, SIGRTMIN + 3), sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, 0);
	sigqueue(getpid(), SIGRTMIN + 3, (union sigval){ 1 });
	sigqueue(getpid(), SIGRTMIN + 3, (union sigval){ 2 });
	raise(SIGUSR2);
	T(sigwaitinfo(&set, &info) == SIGUSR2);
	T(sigwaitinfo(&set, &info) == SIGRTMIN + 3 && info.si_value.sival_int == 1);
	T(sigtimedwait(&set, &info, &(struct timespec){ 0, 1 }) == SIGRTMIN + 3 && info.si_value.sival_int == 2);
	errno = 0;
	T(sigtimedwait(&set, &info, &(struct timespec){ 0, 1000000 }) == -1 && errno == EAGAIN);
	sigprocmask(SIG_UNBLOCK, &set, 0);
}

static void timers(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN };
	struct sigevent none = { .sigev_notify = SIGEV_NONE };
	struct itimerspec spec = { { 0, 2000000 }, { 0, 1000000 } }, now;
	timer_t id, silent;
	sigset_t set;

	got = 0;
	event.sigev_value.sival_int = 99;
	T(timer_create(CLOCK_MONOTONIC, &event, &id) == 0);
	T(timer_create(CLOCK_REALTIME, &none, &silent) == 0);
	T(timer_gettime(id, &now) == 0 && !now.it_value.tv_sec && !now.it_value.tv_nsec);
	T(timer_settime(id, 0, &spec, &now) == 0);
	while (got < 3) pause();
	T(values[0] == 99 && codes[0] == SI_TIMER);
	sigemptyset(&set), sigaddset(&set, SIGRTMIN), sigprocmask(SIG_BLOCK, &set, 0);
	got = 0;
	usleep(30000);
	sigprocmask(SIG_UNBLOCK, &set, 0);
	T(got == 1 && timer_getoverrun(id) >= 10);
	T(timer_gettime(id, &now) == 0 && now.it_interval.tv_nsec == 2000000 && now.it_value.tv_nsec <= 2000000);
	T(timer_settime(id, 0, &(struct itimerspec){ 0 }, 0) == 0);
	spec = (struct itimerspec){ { 0, 0 }, { 100, 0 } };
	T(timer_settime(silent, 0, &spec, 0) == 0 && timer_gettime(silent, &now) == 0 && now.it_value.tv_sec >= 99);
	clock_gettime(CLOCK_REALTIME, &spec.it_value);
	spec.it_value.tv_nsec += 3000000;
	if (spec.it_value.tv_nsec >= 1000000000) spec.it_value.tv_nsec -= 1000000000, spec.it_value.tv_sec++;
	T(timer_settime(silent, TIMER_ABSTIME, &spec, 0) == 0);
	usleep(10000);
	T(timer_gettime(silent, &now) == 0 && !now.it_value.tv_sec && !now.it_value.tv_nsec);
	T(timer_delete(id) == 0 && timer_delete(silent) == 0);
	errno = 0;
	T(timer_create(12345, &event, &id) == -1 && errno == EINVAL);
	event.sigev_signo = 1000;
	T(timer_create(CLOCK_REALTIME, &event, &id) == -1 && errno == EINVAL);
}

static void stacks(void)
{
	stack_t stack = { .ss_sp = other, .ss_size = sizeof other }, old;
	struct sigaction action = { .sa_handler = on_stack, .sa_flags = SA_ONSTACK };

	T(sigaltstack(&stack, &old) == 0 && old.ss_flags == SS_DISABLE);
	sigaction(SIGUSR1, &action, 0), sigaction(SIGUSR2, &action, 0);
	raise(SIGUSR1);
	printf("%d %d %d\n", inside, told, refused);
	inside = 0;
	if (!sigsetjmp(back, 1)) raise(SIGUSR2);
	printf("%d\n", inside);
	T(sigaltstack(0, &old) == 0 && !old.ss_flags && old.ss_sp == other);
	action.sa_flags = 0;
	sigaction(SIGUSR1, &action, 0);
	raise(SIGUSR1);
	printf("%d %d\n", inside, told);
	T(sigaltstack(&(stack_t){ .ss_flags = SS_DISABLE }, 0) == 0);
	errno = 0;
	T(sigaltstack(&(stack_t){ .ss_sp = other, .ss_size = 10 }, 0) == -1 && errno == ENOMEM);
	T(sigaltstack(&(stack_t){ .ss_sp = other, .ss_flags = 64, .ss_size = sizeof other }, 0) == -1 && errno == EINVAL);
}

int main(void)
{
	queue(), wait_for(), timers(), stacks();
	return 0;
}
