/* Signals: from the process to itself, from its timer, and from its pipes. */
#include "exit.h"
#include "memory.h"
#include "signal.h"
#include "syscalls.h"
#include "time.h"

#define BIT(sig) (1ULL << ((sig) - 1))
#define UNBLOCKABLE (BIT(SIGKILL) | BIT(SIGSTOP))
#define IGNORED (BIT(SIGCHLD) | BIT(SIGCONT) | BIT(SIGURG) | BIT(SIGWINCH))

static struct k_sigaction actions[NSIG];
static struct siginfo infos[NSIG];
static struct sigaltstack alternate = { .flags = 2 /* SS_DISABLE */ };
static sigset_t blocked, pending;

void (*process_due)(void);
u64 (*process_watch)(void);

void process_update(void)
{
	process_due = (pending & ~blocked) != 0 || process_watch ? process_deliver : NULL;
}

static int ignored(int sig)
{
	return actions[sig].handler == SIG_IGN || (actions[sig].handler == SIG_DFL && IGNORED & BIT(sig));
}

void process_post(int sig, const struct siginfo *info)
{
	if (ignored(sig) && !(blocked & BIT(sig))) return;
	if (!(pending & BIT(sig))) infos[sig] = *info;
	pending |= BIT(sig);
	process_update();
}

void process_signal(int sig)
{
	process_post(sig, &(struct siginfo){ .signo = sig, .code = SI_KERNEL });
}

int process_interrupted(void)
{
	for (int sig = 1; sig < NSIG; sig++)
		if (pending & ~blocked & BIT(sig) && !ignored(sig)) return 1;
	return 0;
}

sigset_t process_mask(sigset_t mask)
{
	sigset_t old = blocked;

	blocked = mask & ~UNBLOCKABLE;
	process_update();
	return old;
}

sigset_t process_blocked(void)
{
	return blocked;
}

sigset_t process_pending(sigset_t set)
{
	return pending & set;
}

int process_take(sigset_t set, struct siginfo *info)
{
	int sig = __builtin_ctzll(pending & set) + 1;

	pending &= ~BIT(sig);
	process_update();
	if (info) *info = infos[sig];
	return sig;
}

/* A ucontext_t of bits/signal.h as far as a handler can use it: the mask that
 * comes back when it returns, after flags, link, stack and mcontext. */
#define UC_SIGMASK 6

static void run_handler(int sig, const struct k_sigaction *action, struct siginfo *info,
	sigset_t old)
{
	u32 context[64] = { [UC_SIGMASK] = old, [UC_SIGMASK + 1] = old >> 32 };

	if (action->flags & SA_SIGINFO)
		((void (*)(int, struct siginfo *, void *))action->handler)(sig, info, context);
	else
		((void (*)(int))action->handler)(sig);
	blocked = (context[UC_SIGMASK] | (u64)context[UC_SIGMASK + 1] << 32) & ~UNBLOCKABLE;
}

static void deliver(int sig)
{
	struct k_sigaction action = actions[sig];
	struct siginfo info = infos[sig];
	sigset_t old = blocked;

	pending &= ~BIT(sig);
	if (ignored(sig)) return;
	if (action.handler == SIG_DFL) process_exit(128 + sig);
	if (action.flags & SA_RESETHAND) actions[sig].handler = SIG_DFL;
	blocked |= action.mask[0] | (u64)action.mask[1] << 32;
	if (!(action.flags & SA_NODEFER)) blocked |= BIT(sig);
	blocked &= ~UNBLOCKABLE;
	process_update();
	run_handler(sig, &action, &info, old);
}

void process_deliver(void)
{
	if (process_watch) process_watch();
	for (int sig = 1; pending & ~blocked && sig < NSIG; sig++)
		if (pending & ~blocked & BIT(sig)) deliver(sig);
	process_update();
}

static int bad_signal(int sig)
{
	return sig < 0 || sig >= NSIG;
}

long sys_rt_sigaction(int sig, const struct k_sigaction *new, struct k_sigaction *old, size_t size)
{
	struct k_sigaction before;

	if (bad_signal(sig) || !sig || size != sizeof(sigset_t)) return -EINVAL;
	if (new && (sig == SIGKILL || sig == SIGSTOP)) return -EINVAL;
	if (new && !memory_valid(new, sizeof *new)) return -EFAULT;
	if (old && !memory_valid(old, sizeof *old)) return -EFAULT;
	before = actions[sig];
	if (new) actions[sig] = *new;
	if (new && ignored(sig)) pending &= ~BIT(sig);
	if (old) *old = before;
	process_update();
	return 0;
}

long sys_rt_sigprocmask(int how, const sigset_t *new, sigset_t *old, size_t size)
{
	sigset_t before = blocked, set;

	if (size != sizeof(sigset_t)) return -EINVAL;
	if (new && !memory_valid(new, sizeof *new)) return -EFAULT;
	if (old && !memory_valid(old, sizeof *old)) return -EFAULT;
	if (new && (unsigned)how > 2) return -EINVAL;
	set = new ? *new : 0;
	if (new) process_mask(how == 0 ? blocked | set : how == 1 ? blocked & ~set : set);
	if (old) *old = before;
	return 0;
}

long sys_rt_sigpending(sigset_t *set, size_t size)
{
	if (size > sizeof *set) return -EINVAL;
	if (!memory_valid(set, size)) return -EFAULT;
	__builtin_memcpy(set, &pending, size);
	return 0;
}

static long send(int sig, int code)
{
	if (bad_signal(sig)) return -EINVAL;
	if (sig) process_post(sig, &(struct siginfo){ .signo = sig, .code = code, .pid = PID, .uid = UID });
	return 0;
}

/* To itself, to its group, to everyone. */
long sys_kill(int pid, int sig)
{
	if (pid != PID && pid != 0 && pid != -1 && pid != -PID) return bad_signal(sig) ? -EINVAL : -ESRCH;
	return send(sig, SI_USER);
}

long sys_tkill(int tid, int sig)
{
	if (tid <= 0) return -EINVAL;
	return tid == PID ? send(sig, SI_TKILL) : -ESRCH;
}

long sys_tgkill(int pid, int tid, int sig)
{
	if (pid <= 0) return -EINVAL;
	return pid == PID ? sys_tkill(tid, sig) : -ESRCH;
}

long sys_rt_sigqueueinfo(int pid, int sig, const struct siginfo *info)
{
	struct siginfo copy;

	if (!memory_valid(info, sizeof *info)) return -EFAULT;
	if (bad_signal(sig)) return -EINVAL;
	if (pid != PID) return -ESRCH;
	copy = *info;
	copy.signo = sig;
	if (sig) process_post(sig, &copy);
	return 0;
}

long sys_rt_tgsigqueueinfo(int pid, int tid, int sig, const struct siginfo *info)
{
	return tid == PID ? sys_rt_sigqueueinfo(pid, sig, info) : -ESRCH;
}

/* Kept, not used: a handler runs on the one stack there is. */
long sys_sigaltstack(const struct sigaltstack *new, struct sigaltstack *old)
{
	struct sigaltstack before = alternate;

	if (new && !memory_valid(new, sizeof *new)) return -EFAULT;
	if (old && !memory_valid(old, sizeof *old)) return -EFAULT;
	if (new && new->flags & ~2) return -EINVAL;
	if (new && !new->flags && new->size < 2048) return -ENOMEM;
	if (new) alternate = *new;
	if (old) *old = before;
	return 0;
}
