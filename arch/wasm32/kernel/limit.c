/* Resource limits: what the process may have of memory, files and sizes. */
#include "file.h"
#include "granule.h"
#include "host.h"
#include "mmap.h"
#include "signal.h"
#include "syscalls.h"
#include "tmpfs.h"

#define RLIMIT_FSIZE 1
#define RLIMIT_DATA 2
#define RLIMIT_STACK 3
#define RLIMIT_CORE 4
#define RLIMIT_NPROC 6
#define RLIMIT_NOFILE 7
#define RLIMIT_AS 9
#define RLIM_NLIMITS 16

extern u8 __global_base[];

static struct rlimit limits[RLIM_NLIMITS];

/* What there is: the stack, descriptors and threads are as many as they are. */
static void begin(void)
{
	static int begun;

	if (begun) return;
	begun = 1;
	for (int i = 0; i < RLIM_NLIMITS; i++) limits[i] = (struct rlimit){ ~0ULL, ~0ULL };
	limits[RLIMIT_STACK] = (struct rlimit){ (unsigned long)__global_base, (unsigned long)__global_base };
	limits[RLIMIT_CORE] = (struct rlimit){ 0, ~0ULL };
	limits[RLIMIT_NPROC] = (struct rlimit){ 1, 1 };
	limits[RLIMIT_NOFILE] = (struct rlimit){ OPEN_MAX, OPEN_MAX };
}

/* Whether so many granules more are allowed. */
static int memory_allowed(size_t count)
{
	u64 most = MIN(limits[RLIMIT_AS].current, limits[RLIMIT_DATA].current);

	return granule_used() + (u64)count <= most / GRANULE;
}

static u64 position(struct file *file, i64 offset)
{
	off_t at = 0;

	if (file->flags & O_APPEND) offset = -1;
	if (offset >= 0) return offset;
	if (file->kind == FILE_MEMORY) return file->flags & O_APPEND ? tmpfs_size(file->node) : file->position;
	host_seek(file, 0, file->flags & O_APPEND ? SEEK_END : SEEK_CUR, &at);
	return at;
}

static long size_allowed(struct file *file, i64 offset, size_t size)
{
	u64 most = limits[RLIMIT_FSIZE].current, at;

	if (!file_seekable(file) || !size) return size;
	at = position(file, offset);
	if (at < most) return MIN(size, most - at);
	process_signal(SIGXFSZ);
	return -EFBIG;
}

/* The part of a list that is allowed. */
static long cut(struct file *file, struct iovec *iov, int count, i64 offset)
{
	size_t size = 0;
	long most;

	for (int i = 0; i < count; i++) size += iov[i].len;
	most = size_allowed(file, offset, size);
	for (int i = 0; i < count && most >= 0; i++) {
		iov[i].len = MIN(iov[i].len, (size_t)most);
		most -= iov[i].len;
	}
	return MIN(most, 0);
}

static void enforce(void)
{
	fd_denied = OPEN_MAX - limits[RLIMIT_NOFILE].current;
	mmap_allowed = memory_allowed;
	file_cut = cut;
}

long sys_prlimit64(int pid, int resource, const struct rlimit *new, struct rlimit *old)
{
	struct rlimit before;

	begin();
	if (pid && pid != PID) return -ESRCH;
	if ((unsigned)resource >= RLIM_NLIMITS) return -EINVAL;
	if (new && !memory_valid(new, sizeof *new)) return -EFAULT;
	if (old && !memory_valid(old, sizeof *old)) return -EFAULT;
	if (new && new->current > new->maximum) return -EINVAL;
	before = limits[resource];
	if (new && new->maximum > before.maximum) return -EPERM;
	if (new) limits[resource] = *new;
	if (new) enforce();
	if (old) *old = before;
	return 0;
}
