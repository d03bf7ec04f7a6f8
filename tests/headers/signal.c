/* <signal.h>: signals to oneself. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include "check.h"

static volatile sig_atomic_t got, order[8], count, depth, value, code;

static void handle(int sig)
{
	got = sig;
	order[count++ & 7] = sig;
}

static void detailed(int sig, siginfo_t *info, void *context)
{
	sigset_t now;
	sigprocmask(SIG_BLOCK, NULL, &now);
	got = sig, code = info->si_code, value = info->si_value.sival_int;
	depth = sigismember(&now, sig) + 2 * sigismember(&now, SIGUSR2);
}

static void nested(int sig)
{
	if (++depth < 3) raise(sig);
}

static void actions(void)
{
	struct sigaction sa = { .sa_handler = handle }, old;

	T(signal(SIGUSR1, handle) == SIG_DFL && raise(SIGUSR1) == 0 && got == SIGUSR1);
	T(sigaction(SIGUSR1, &sa, &old) == 0 && old.sa_handler == handle);
	T(kill(getpid(), SIGUSR1) == 0 && kill(getpid(), 0) == 0 && kill(0, 0) == 0);
	T(kill(getpid(), 999) == -1 && errno == EINVAL && sigaction(SIGKILL, &sa, NULL) == -1 && errno == EINVAL);
	sa.sa_sigaction = detailed;
	sa.sa_flags = SA_SIGINFO;
	sigaddset(&sa.sa_mask, SIGUSR2);
	T(sigaction(SIGUSR1, &sa, NULL) == 0 && sigqueue(getpid(), SIGUSR1, (union sigval){ 77 }) == 0);
	T(value == 77 && code == SI_QUEUE && depth == 3);
	T(raise(SIGUSR1) == 0 && code == SI_TKILL);
	depth = 0;
	sa.sa_handler = nested;
	sa.sa_flags = SA_NODEFER;
	sigemptyset(&sa.sa_mask);
	T(sigaction(SIGUSR1, &sa, NULL) == 0 && raise(SIGUSR1) == 0 && depth == 3);
	sa.sa_handler = handle;
	sa.sa_flags = SA_RESETHAND;
	T(sigaction(SIGUSR1, &sa, NULL) == 0 && raise(SIGUSR1) == 0);
	T(sigaction(SIGUSR1, NULL, &old) == 0 && old.sa_handler == SIG_DFL);
	T(signal(SIGUSR1, SIG_IGN) == SIG_DFL && raise(SIGUSR1) == 0 && raise(SIGCHLD) == 0);
}

static void masks(void)
{
	sigset_t set, old, waiting;
	int sig;

	sigemptyset(&set);
	T(sigisemptyset(&set) && sigaddset(&set, SIGUSR1) == 0 && sigismember(&set, SIGUSR1) == 1);
	T(sigaddset(&set, 0) == -1 && errno == EINVAL && sigaddset(&set, SIGUSR2) == 0 && sigdelset(&set, SIGUSR2) == 0);
	sigaddset(&set, SIGUSR2);
	signal(SIGUSR1, handle), signal(SIGUSR2, handle);
	got = count = 0;
	T(sigprocmask(SIG_BLOCK, &set, &old) == 0 && !sigismember(&old, SIGUSR1));
	raise(SIGUSR2), raise(SIGUSR1), raise(SIGUSR1);
	T(got == 0 && sigpending(&waiting) == 0 && sigismember(&waiting, SIGUSR1) && sigismember(&waiting, SIGUSR2));
	T(sigprocmask(SIG_SETMASK, &old, NULL) == 0 && count == 2);
	T(sigprocmask(99, &set, NULL) == -1 && errno == EINVAL);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGUSR1);
	T(sigwait(&set, &sig) == 0 && sig == SIGUSR1 && count == 2);
	T(sigtimedwait(&set, NULL, &(struct timespec){ 0, 1000000 }) == -1 && errno == EAGAIN);
	raise(SIGUSR2);
	T(sigsuspend(&old) == -1 && errno == EINTR && count == 3 && got == SIGUSR2);
	sigprocmask(SIG_SETMASK, &old, NULL);
	sigfillset(&set);
	T(sigismember(&set, SIGRTMAX) == 1 && sigprocmask(SIG_BLOCK, &set, NULL) == 0);
	sigprocmask(SIG_BLOCK, NULL, &waiting);
	T(!sigismember(&waiting, SIGKILL) && sigprocmask(SIG_SETMASK, &old, NULL) == 0);
	T(SIGRTMIN > 31 && SIGRTMAX == 64 && raise(0) == 0);
	T(sighold(SIGUSR1) == 0 && raise(SIGUSR1) == 0 && count == 3 && sigrelse(SIGUSR1) == 0 && count == 4);
	T(sigset(SIGUSR1, SIG_DFL) == handle && sigignore(SIGUSR1) == 0 && siginterrupt(SIGUSR1, 1) == 0);
}

static void alarms(void)
{
	struct itimerval every = { { 0, 5000 }, { 0, 5000 } }, off = {0};
	struct timespec left;
	sigset_t none;
	int ends[2];

	signal(SIGALRM, handle);
	got = 0;
	T(alarm(1) == 0 && pause() == -1 && errno == EINTR && got == SIGALRM);
	got = count = 0;
	T(setitimer(ITIMER_REAL, &every, NULL) == 0);
	while (count < 3) pause();
	T(nanosleep(&(struct timespec){ 10, 0 }, &left) == -1 && errno == EINTR && left.tv_sec == 9);
	T(poll(NULL, 0, 10000) == -1 && errno == EINTR);
	sigemptyset(&none);
	T(pselect(0, NULL, NULL, NULL, &(struct timespec){ 10, 0 }, &none) == -1 && errno == EINTR);
	T(setitimer(ITIMER_REAL, &off, NULL) == 0 && signal(SIGALRM, SIG_DFL) == handle);
	T(pipe(ends) == 0 && signal(SIGPIPE, handle) == SIG_DFL && close(ends[0]) == 0);
	T(write(ends[1], "x", 1) == -1 && errno == EPIPE && got == SIGPIPE);
	T(signal(SIGPIPE, SIG_IGN) == handle && write(ends[1], "x", 1) == -1 && errno == EPIPE);
	stack_t stack = { malloc(SIGSTKSZ), 0, SIGSTKSZ }, was;
	T(sigaltstack(&stack, &was) == 0 && was.ss_flags == SS_DISABLE && sigaltstack(NULL, &was) == 0 && was.ss_size == SIGSTKSZ);
}

int main(void)
{
	actions();
	masks();
	alarms();
	T(strsignal(SIGSEGV) && *strsignal(SIGSEGV));
	fflush(stdout);
	psignal(SIGHUP, "psignal");
	return 0;
}
