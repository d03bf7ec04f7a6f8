/* Memory: errno after a first malloc, fixed maps in the break, what is not to be touched, statvfs. In /tmp, too. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#define T(x) printf("%s: %s\n", #x, (x) ? "yes" : "NO")
#define FAILS(x, e) do { errno = 0; printf("%s: %s\n", #x, (long)(x) == -1 && errno == e ? #e : strerror(errno)); } while (0)
#define RW (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

static void first(void)
{
	void *p;

	errno = 77;
	p = malloc(10);
	printf("%d\n", errno);
	free(p);
	p = malloc(100000), free(p);
	for (int i = 0; i < 300; i++) malloc(i * 10);
	printf("%d\n", errno);
}

static void touched(void)
{
	char *p = mmap(0, 1 << 20, RW, ANON, -1, 0), *q;

	memset(p, 1, 1 << 20), munmap(p, 1 << 20);
	q = mmap(0, 1 << 20, PROT_NONE, ANON, -1, 0);
	FAILS(write(open("n", O_CREAT | O_RDWR, 0600), q, 1), EFAULT);
	unlink("n");
	T(mprotect(q + 8192, 8192, RW) == 0 && !q[8192] && !q[16383]);
	memset(q + 8192, 2, 8192);
	T(mprotect(q, 1 << 20, RW) == 0 && !q[0] && q[8192] == 2 && !q[16384] && !q[(1 << 20) - 1]);
	T(munmap(q, 1 << 20) == 0);
	p = mmap(0, 8192, PROT_NONE, ANON, -1, 0);
	T(mmap(p, 4096, RW, ANON | MAP_FIXED, -1, 0) == p && !p[0]);
	T(munmap(p, 8192) == 0);
	FAILS(mlock((void *)0x7ff00000, 4096), ENOMEM);
	FAILS(msync(p, 4096, MS_ASYNC | MS_SYNC), EINVAL);
	FAILS(mlockall(0), EINVAL);
	p = mmap(0, 8192, RW, ANON, -1, 0);
	T(mlock(p, 8192) == 0 && munlock(p, 8192) == 0 && msync(p, 8192, MS_SYNC) == 0);
}

static void space(void)
{
	struct statvfs v;
	int fd = open("f", O_CREAT | O_RDWR, 0600);

	T(statvfs(".", &v) == 0 && v.f_bavail > 1000 && v.f_blocks >= v.f_bfree && v.f_bsize >= 512);
	T(fstatvfs(fd, &v) == 0 && v.f_ffree > 100 && v.f_namemax >= 255);
	FAILS(statvfs("none", &v), ENOENT);
	close(fd), unlink("f");
}

static void stack(void)
{
	pthread_attr_t attr;
	void *low;
	size_t size;

	T(pthread_getattr_np(pthread_self(), &attr) == 0);
	T(pthread_attr_getstack(&attr, &low, &size) == 0 && (char *)&size > (char *)low && (char *)&size < (char *)low + size);
}

static void shared(void)
{
	struct stat a, b;
	int fd = open("/dev/shm/kernel-memory-test", O_CREAT | O_RDWR, 0600);
	char *p;

	ftruncate(fd, 4096);
	fstat(fd, &a);
	usleep(20000);
	p = mmap(0, 4096, RW, MAP_SHARED, fd, 0);
	p[0] = 1;
	T(msync(p, 4096, MS_SYNC) == 0);
	fstat(fd, &b);
	T(b.st_mtim.tv_sec > a.st_mtim.tv_sec || b.st_mtim.tv_nsec > a.st_mtim.tv_nsec);
	T(unlink("/dev/shm/kernel-memory-test") == 0);
}

static void locks(void)
{
	pthread_mutexattr_t attr;
	pthread_mutex_t m, r;
	pthread_spinlock_t spin;

	pthread_mutexattr_init(&attr);
	T(pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT) == 0);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK);
	T(pthread_mutex_init(&m, &attr) == 0 && pthread_mutex_lock(&m) == 0);
	T(pthread_mutex_lock(&m) == EDEADLK);
	T(pthread_mutex_unlock(&m) == 0 && pthread_mutex_unlock(&m) == EPERM);
	T(pthread_mutex_trylock(&m) == 0 && pthread_mutex_unlock(&m) == 0 && pthread_mutex_destroy(&m) == 0);
	pthread_mutexattr_init(&attr);
	T(pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST) == 0);
	T(pthread_mutex_init(&r, &attr) == 0 && pthread_mutex_lock(&r) == 0 && pthread_mutex_unlock(&r) == 0);
	T(pthread_mutex_consistent(&r) == EINVAL);
	T(pthread_spin_init(&spin, 0) == 0 && pthread_spin_lock(&spin) == 0 && pthread_spin_trylock(&spin) == EBUSY);
	T(pthread_spin_unlock(&spin) == 0 && pthread_spin_lock(&spin) == 0);
}

int main(void)
{
	first(), touched(), space(), stack(), shared(), locks();
	return 0;
}
