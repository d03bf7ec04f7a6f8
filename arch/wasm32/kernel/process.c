/* The one process: its identity, its limits. */
#include "memory.h"
#include "process.h"
#include "syscalls.h"
#include "time.h"
#include "wasi.h"

long sys_set_tid_address(int *tid)
{
	(void)tid; /* cleared for others at a thread's end: there are none */
	return PID;
}

static long own(int pid, long answer)
{
	return pid == 0 || pid == PID ? answer : -ESRCH;
}

long sys_getpgid(int pid)
{
	return own(pid, PID);
}

long sys_getsid(int pid)
{
	return own(pid, PID);
}

long sys_setpgid(int pid, int pgid)
{
	return own(pid, pgid == 0 || pgid == PID ? 0 : -EPERM);
}

static long become(unsigned id, unsigned own)
{
	return id == own ? 0 : id == -1U ? -EINVAL : -EPERM;
}

static long become_each(const unsigned *ids, int count, unsigned own)
{
	for (; count; ids++, count--) if (*ids != own && *ids != -1U) return -EPERM;
	return 0;
}

long sys_setuid(unsigned uid)
{
	return become(uid, UID);
}

long sys_setgid(unsigned gid)
{
	return become(gid, GID);
}

long sys_setreuid(unsigned real, unsigned effective)
{
	return become_each((unsigned[]){ real, effective }, 2, UID);
}

long sys_setregid(unsigned real, unsigned effective)
{
	return become_each((unsigned[]){ real, effective }, 2, GID);
}

long sys_setresuid(unsigned real, unsigned effective, unsigned saved)
{
	return become_each((unsigned[]){ real, effective, saved }, 3, UID);
}

long sys_setresgid(unsigned real, unsigned effective, unsigned saved)
{
	return become_each((unsigned[]){ real, effective, saved }, 3, GID);
}

static long tell(unsigned *real, unsigned *effective, unsigned *saved, unsigned id)
{
	if (!memory_valid(real, sizeof *real) || !memory_valid(effective, sizeof *effective)
	    || !memory_valid(saved, sizeof *saved)) return -EFAULT;
	*real = *effective = *saved = id;
	return 0;
}

long sys_getresuid(unsigned *real, unsigned *effective, unsigned *saved)
{
	return tell(real, effective, saved, UID);
}

long sys_getresgid(unsigned *real, unsigned *effective, unsigned *saved)
{
	return tell(real, effective, saved, GID);
}

long sys_getgroups(int size, unsigned *list)
{
	if (size < 0) return -EINVAL;
	if (!size) return 1;
	if (!memory_valid(list, sizeof *list)) return -EFAULT;
	*list = GID;
	return 1;
}

static mode_t file_mask = 022;

mode_t process_umask(void)
{
	return file_mask;
}

long sys_umask(mode_t mask)
{
	mode_t old = file_mask;

	file_mask = mask & 0777;
	return old;
}

long sys_uname(struct utsname *buf)
{
	static const struct utsname name = {
		"Linux", "localhost", "6.1.0", "#1 muslfall", "wasm32", "(none)"
	};

	if (!memory_valid(buf, sizeof *buf)) return -EFAULT;
	*buf = name;
	return 0;
}

long sys_getrandom(void *buf, size_t size, unsigned flags)
{
	if (flags & ~7) return -EINVAL;
	if (!memory_valid(buf, size)) return -EFAULT;
	return size ? wasi_result(wasi_random_get(buf, size)) ?: (long)size : 0;
}

long sys_sched_yield(void)
{
	wasi_sched_yield();
	return 0;
}

long sys_sched_getparam(int pid, int *param)
{
	if (pid && pid != PID) return -ESRCH;
	if (!memory_valid(param, sizeof *param)) return -EFAULT;
	*param = 0;
	return 0;
}

long sys_sched_rr_get_interval_time64(int pid, struct timespec *interval)
{
	if (pid && pid != PID) return -ESRCH;
	if (!memory_valid(interval, sizeof *interval)) return -EFAULT;
	*interval = (struct timespec){ 0, 4000000, 0 };
	return 0;
}

#define SCHED_FIFO 1
#define SCHED_RR 2

static int realtime(int policy)
{
	return policy == SCHED_FIFO || policy == SCHED_RR;
}

static int known(int policy)
{
	return policy >= 0 && policy <= 6 && policy != 4;
}

long sys_sched_get_priority_max(int policy)
{
	return known(policy) ? realtime(policy) ? 99 : 0 : -EINVAL;
}

long sys_sched_get_priority_min(int policy)
{
	return known(policy) ? realtime(policy) : -EINVAL;
}

long sys_sched_getaffinity(int pid, size_t size, void *mask)
{
	if (pid && pid != PID) return -ESRCH;
	if (size < 4 || size % 4) return -EINVAL;
	if (!memory_valid(mask, 4)) return -EFAULT;
	*(u32 *)mask = 1;
	return 4;
}

long sys_getcpu(unsigned *cpu, unsigned *node, void *unused)
{
	(void)unused;
	if ((cpu && !memory_valid(cpu, sizeof *cpu)) || (node && !memory_valid(node, sizeof *node)))
		return -EFAULT;
	if (cpu) *cpu = 0;
	if (node) *node = 0;
	return 0;
}

/* What memory could grow to counts as free. */
long sys_sysinfo(struct sysinfo *info)
{
	if (!memory_valid(info, sizeof *info)) return -EFAULT;
	*info = (struct sysinfo){
		.uptime = time_uptime() / NS, .procs = 1, .unit = 4096,
		.totalram = 1UL << 20,
		.freeram = (1UL << 20) - (memory_total() - memory_free()) / 4096,
	};
	return 0;
}

#define PR_SET_NAME 15
#define PR_GET_NAME 16

long sys_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)
{
	static char name[16];

	(void)b, (void)c, (void)d;
	if (option != PR_SET_NAME && option != PR_GET_NAME) return -EINVAL;
	if (option == PR_SET_NAME) {
		long n = memory_string((const char *)a, sizeof name - 1);
		if (n == -EFAULT) return n;
		if (n < 0) n = sizeof name - 1;
		__builtin_memset(name, 0, sizeof name);
		__builtin_memcpy(name, (const char *)a, n);
		return 0;
	}
	if (!memory_valid((void *)a, sizeof name)) return -EFAULT;
	__builtin_memcpy((void *)a, name, sizeof name);
	return 0;
}
