/* <pthread.h>, <semaphore.h>, <sched.h>, <threads.h>: what means something to one thread. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>
#include "check.h"

static struct timespec soon(int clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	t.tv_nsec += 10000000;
	if (t.tv_nsec >= 1000000000) t.tv_sec++, t.tv_nsec -= 1000000000;
	return t;
}

static void mutexes(void)
{
	pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER, own;
	pthread_mutexattr_t attr;
	int type;
	struct timespec t;

	T(pthread_mutex_lock(&m) == 0 && pthread_mutex_trylock(&m) == EBUSY && pthread_mutex_unlock(&m) == 0);
	pthread_mutexattr_init(&attr);
	T(pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE) == 0 && pthread_mutex_init(&own, &attr) == 0);
	T(pthread_mutex_lock(&own) == 0 && pthread_mutex_lock(&own) == 0 && pthread_mutex_trylock(&own) == 0);
	T(pthread_mutex_unlock(&own) == 0 && pthread_mutex_unlock(&own) == 0 && pthread_mutex_unlock(&own) == 0);
	T(pthread_mutex_unlock(&own) == EPERM && pthread_mutex_destroy(&own) == 0);
	T(pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK) == 0 && pthread_mutex_init(&own, &attr) == 0);
	T(pthread_mutex_lock(&own) == 0 && pthread_mutex_lock(&own) == EDEADLK && pthread_mutex_unlock(&own) == 0);
	T(pthread_mutexattr_gettype(&attr, &type) == 0 && type == PTHREAD_MUTEX_ERRORCHECK && pthread_mutexattr_destroy(&attr) == 0);
	pthread_mutex_lock(&m);
	t = soon(CLOCK_REALTIME);
	T(pthread_mutex_timedlock(&m, &t) == ETIMEDOUT && pthread_mutex_unlock(&m) == 0);
}

static void waits(void)
{
	pthread_cond_t c = PTHREAD_COND_INITIALIZER, mono;
	pthread_condattr_t attr;
	pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
	sem_t sem;
	int n;
	struct timespec t = soon(CLOCK_REALTIME);

	pthread_mutex_lock(&m);
	T(pthread_cond_signal(&c) == 0 && pthread_cond_broadcast(&c) == 0 && pthread_cond_timedwait(&c, &m, &t) == ETIMEDOUT);
	pthread_condattr_init(&attr);
	T(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0 && pthread_cond_init(&mono, &attr) == 0);
	t = soon(CLOCK_MONOTONIC);
	T(pthread_cond_timedwait(&mono, &m, &t) == ETIMEDOUT && pthread_cond_destroy(&mono) == 0 && pthread_mutex_unlock(&m) == 0);
	T(sem_init(&sem, 0, 2) == 0 && sem_wait(&sem) == 0 && sem_trywait(&sem) == 0 && sem_trywait(&sem) == -1 && errno == EAGAIN);
	t = soon(CLOCK_REALTIME);
	T(sem_timedwait(&sem, &t) == -1 && errno == ETIMEDOUT && sem_post(&sem) == 0 && sem_getvalue(&sem, &n) == 0 && n == 1);
	T(sem_destroy(&sem) == 0);
}

static void locks(void)
{
	pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER;
	pthread_spinlock_t spin;
	pthread_barrier_t barrier;
	struct timespec t;

	T(pthread_rwlock_rdlock(&rw) == 0 && pthread_rwlock_tryrdlock(&rw) == 0 && pthread_rwlock_trywrlock(&rw) == EBUSY);
	t = soon(CLOCK_REALTIME);
	T(pthread_rwlock_timedwrlock(&rw, &t) == ETIMEDOUT && pthread_rwlock_unlock(&rw) == 0 && pthread_rwlock_unlock(&rw) == 0);
	T(pthread_rwlock_wrlock(&rw) == 0 && pthread_rwlock_tryrdlock(&rw) == EBUSY && pthread_rwlock_unlock(&rw) == 0);
	T(pthread_spin_init(&spin, 0) == 0 && pthread_spin_lock(&spin) == 0 && pthread_spin_trylock(&spin) == EBUSY);
	T(pthread_spin_unlock(&spin) == 0 && pthread_spin_destroy(&spin) == 0 && pthread_rwlock_destroy(&rw) == 0);
	T(pthread_barrier_init(&barrier, 0, 1) == 0 && pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD);
	T(pthread_barrier_destroy(&barrier) == 0);
}

static int calls;

static void once(void)
{
	calls++;
}

static void cleanup(void *p)
{
	++*(int *)p;
}

static void identity(void)
{
	pthread_once_t control = PTHREAD_ONCE_INIT;
	pthread_key_t key, more[100];
	pthread_attr_t attr;
	size_t size;
	int state, cleaned = 0, made = 0;
	void *stack;

	T(pthread_once(&control, once) == 0 && pthread_once(&control, once) == 0 && calls == 1);
	T(pthread_equal(pthread_self(), pthread_self()));
	T(pthread_key_create(&key, NULL) == 0 && !pthread_getspecific(key) && pthread_setspecific(key, &key) == 0);
	T(pthread_getspecific(key) == &key && pthread_key_delete(key) == 0);
	for (int i = 0; i < 100; i++) made += !pthread_key_create(&more[i], NULL);
	for (int i = 0; i < made; i++) pthread_key_delete(more[i]);
	T(made == 100);
	pthread_cleanup_push(cleanup, &cleaned);
	pthread_cleanup_pop(1);
	T(cleaned == 1 && pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state) == 0 && state == PTHREAD_CANCEL_ENABLE);
	T(pthread_attr_init(&attr) == 0 && pthread_attr_setstacksize(&attr, 1 << 20) == 0 && pthread_attr_getstacksize(&attr, &size) == 0 && size == 1 << 20);
	T(pthread_attr_setstacksize(&attr, 1) == EINVAL && pthread_attr_destroy(&attr) == 0);
	T(pthread_sigmask(SIG_BLOCK, NULL, &(sigset_t){0}) == 0 && pthread_kill(pthread_self(), 0) == 0);
	T(sched_yield() == 0 && sched_get_priority_max(SCHED_FIFO) == 99 && pthread_atfork(NULL, NULL, NULL) == 0);
	clockid_t clock;
	T(pthread_getcpuclockid(pthread_self(), &clock) == 0 && clock_gettime(clock, &(struct timespec){0}) == 0);
}

static thread_local int own = 5;

static void standard(void)
{
	mtx_t m;
	cnd_t c;
	tss_t key;
	once_flag flag = ONCE_FLAG_INIT;
	struct timespec t = soon(CLOCK_REALTIME);

	T(mtx_init(&m, mtx_timed) == thrd_success && mtx_lock(&m) == thrd_success && mtx_trylock(&m) == thrd_busy);
	T(mtx_timedlock(&m, &t) == thrd_timedout && cnd_init(&c) == thrd_success && cnd_timedwait(&c, &m, &t) == thrd_timedout);
	T(mtx_unlock(&m) == thrd_success && tss_create(&key, NULL) == thrd_success && tss_set(key, &key) == thrd_success);
	T(tss_get(key) == &key && thrd_equal(thrd_current(), thrd_current()) && ++own == 6);
	calls = 0;
	call_once(&flag, once), call_once(&flag, once);
	T(calls == 1 && thrd_sleep(&(struct timespec){ 0, 1000 }, NULL) == 0);
	mtx_destroy(&m), cnd_destroy(&c), tss_delete(key);
}

int main(void)
{
	mutexes();
	waits();
	locks();
	identity();
	standard();
	return 0;
}
