/* Signals: from the process to itself, from its timer, and from its pipes. */
#include "exit.h"
#include "memory.h"
#include "signal.h"
#include "syscalls.h"
#include "time.h"

#define BIT(sig) (1ULL << ((sig) - 1))
#define UNBLOCKABLE (BIT(SIGKILL) | BIT(SIGSTOP))
#define IGNORED (BIT(SIGCHLD) | BIT(SIGCONT) | BIT(SIGURG) | BIT(SIGWINCH))

#define FIRST_REALTIME 32

/* Real-time signals queue; of others one waits, whoever sends them. */
struct queued {
	struct queued *next;
	struct siginfo info;
};

static struct k_sigaction actions[NSIG];
static struct siginfo infos[FIRST_REALTIME];
static struct queued *queues[NSIG - FIRST_REALTIME], *unused;
static struct sigaltstack alternate = { .flags = SS_DISABLE };
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

static struct queued **queue(int sig)
{
	return &queues[sig - FIRST_REALTIME];
}

static int enqueue(int sig, const struct siginfo *info)
{
	struct queued *new = unused ? unused : memory_take(1), **at = queue(sig);

	if (!new) return 0;
	if (!unused)
		for (size_t i = 1; i < GRANULE / sizeof *new; i++) {
			new[i].next = unused;
			unused = &new[i];
		}
	else unused = new->next;
	*new = (struct queued){ NULL, *info };
	while (*at) at = &(*at)->next;
	*at = new;
	return 1;
}

static struct siginfo dequeue(int sig)
{
	struct queued *first = *queue(sig);

	*queue(sig) = first->next;
	if (!first->next) pending &= ~BIT(sig);
	first->next = unused;
	unused = first;
	return first->info;
}

/* dequeue, once there is a queue: a program that has none has no part of this. */
static struct siginfo (*take_first)(int sig);

static struct siginfo take(int sig)
{
	if (sig >= FIRST_REALTIME) return take_first(sig);
	pending &= ~BIT(sig);
	return infos[sig];
}

static void discard(int sig)
{
	while (pending & BIT(sig)) take(sig);
}

struct siginfo *process_find(int sig, int code, int id)
{
	if (!(pending & BIT(sig))) return NULL;
	if (sig < FIRST_REALTIME) return infos[sig].code == code && infos[sig].pid == id ? &infos[sig] : NULL;
	for (struct queued *at = *queue(sig); at; at = at->next)
		if (at->info.code == code && at->info.pid == id) return &at->info;
	return NULL;
}

static void post(int sig, const struct siginfo *info)
{
	if (ignored(sig) && !(blocked & BIT(sig))) return;
	if (!(pending & BIT(sig))) infos[sig] = *info;
	pending |= BIT(sig);
	process_update();
}

long process_post(int sig, const struct siginfo *info)
{
	if (sig < FIRST_REALTIME) {
		post(sig, info);
		return 0;
	}
	if (ignored(sig) && !(blocked & BIT(sig))) return 0;
	if (!enqueue(sig, info)) return -EAGAIN;
	take_first = dequeue;
	pending |= BIT(sig);
	process_update();
	return 0;
}

void process_signal(int sig)
{
	post(sig, &(struct siginfo){ .signo = sig, .code = SI_KERNEL });
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
	struct siginfo taken = take(sig);

	process_update();
	if (info) *info = taken;
	return sig;
}

static unsigned long stack_pointer(void)
{
	unsigned long sp;

	__asm__ volatile (".globaltype __stack_pointer, i32\n"
		"global.get __stack_pointer\nlocal.set %0" : "=r"(sp));
	return sp;
}

static void set_stack_pointer(unsigned long sp)
{
	__asm__ volatile (".globaltype __stack_pointer, i32\n"
		"local.get %0\nglobal.set __stack_pointer" : : "r"(sp) : "memory");
}

/* Whether what runs is a handler on the alternate stack. */
static int on_alternate(void)
{
	return stack_pointer() - alternate.sp < alternate.size;
}

/* A ucontext_t of bits/signal.h as far as a handler can use it: the stack, and the
 * mask that comes back when it returns. */
struct context {
	unsigned long flags, link;
	struct sigaltstack stack;
	unsigned long machine;
	u32 mask[2], rest[56];
};

__attribute__((noinline)) static void call(const struct k_sigaction *action, int sig,
	struct siginfo *info, struct context *context)
{
	if (action->flags & SA_SIGINFO)
		((void (*)(int, struct siginfo *, void *))action->handler)(sig, info, context);
	else
		((void (*)(int))action->handler)(sig);
}

__attribute__((noinline)) static void call_on(const struct k_sigaction *action, int sig,
	struct siginfo *info, struct context *context)
{
	unsigned long old = stack_pointer();
	int there = on_alternate() || alternate.flags & SS_DISABLE;

	if (!there) set_stack_pointer((alternate.sp + alternate.size) & -16UL);
	call(action, sig, info, context);
	if (!there) set_stack_pointer(old);
}

/* call_on, once there was an alternate stack. */
static void (*call_there)(const struct k_sigaction *, int, struct siginfo *, struct context *);

static void run_handler(int sig, const struct k_sigaction *action, struct siginfo *info,
	sigset_t old)
{
	struct context context = { .stack = alternate, .mask = { old, old >> 32 } };

	(action->flags & SA_ONSTACK && call_there ? call_there : call)(action, sig, info, &context);
	blocked = (context.mask[0] | (u64)context.mask[1] << 32) & ~UNBLOCKABLE;
}

static void deliver(int sig)
{
	struct k_sigaction action = actions[sig];
	struct siginfo info = take(sig);
	sigset_t old = blocked;

	if (ignored(sig)) return;
	if (action.handler == SIG_DFL) process_exit(128 + sig);
	if (action.flags & SA_RESETHAND) actions[sig].handler = SIG_DFL;
	blocked |= action.mask[0] | (u64)action.mask[1] << 32;
	if (!(action.flags & SA_NODEFER)) blocked |= BIT(sig);
	blocked &= ~UNBLOCKABLE;
	process_deliver(); /* as on Linux, the frame of the last is on top */
	run_handler(sig, &action, &info, old);
}

void process_deliver(void)
{
	if (process_watch) process_watch();
	while (pending & ~blocked) deliver(__builtin_ctzll(pending & ~blocked) + 1);
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
	if (new && ignored(sig)) discard(sig);
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
	return sig ? process_post(sig, &(struct siginfo){ .signo = sig, .code = code, .pid = PID, .uid = UID }) : 0;
}

/* To itself, to its group, to everyone. */
long sys_kill(int pid, int sig)
{
	if (bad_signal(sig)) return -EINVAL;
	if (pid == PPID) return sig ? -EPERM : 0;
	if (pid != PID && pid != 0 && pid != -1 && pid != -PID) return -ESRCH;
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
	return sig ? process_post(sig, &copy) : 0;
}

long sys_rt_tgsigqueueinfo(int pid, int tid, int sig, const struct siginfo *info)
{
	return tid == PID ? sys_rt_sigqueueinfo(pid, sig, info) : -ESRCH;
}

long sys_sigaltstack(const struct sigaltstack *new, struct sigaltstack *old)
{
	struct sigaltstack before = alternate;
	int mode = new && memory_valid(new, sizeof *new) ? new->flags & ~SS_AUTODISARM : 0;

	if (new && !memory_valid(new, sizeof *new)) return -EFAULT;
	if (old && !memory_valid(old, sizeof *old)) return -EFAULT;
	if (on_alternate()) before.flags |= SS_ONSTACK;
	if (new && before.flags & SS_ONSTACK) return -EPERM;
	if (mode && mode != SS_DISABLE && mode != SS_ONSTACK) return -EINVAL;
	if (new && mode != SS_DISABLE && new->size < 2048) return -ENOMEM;
	call_there = call_on;
	if (new) alternate = mode == SS_DISABLE ? (struct sigaltstack){ .flags = SS_DISABLE }
		: (struct sigaltstack){ new->sp, 0, new->size };
	if (old) *old = before;
	return 0;
}
