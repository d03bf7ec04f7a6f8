#include <time.h>
#include <errno.h>
#include "pthread_impl.h"

struct ksigevent {
	union sigval sigev_value;
	int sigev_signo;
	int sigev_notify;
	int sigev_tid;
};

/* SIGEV_THREAD wants a thread per timer: what pthread_create would say. */
int timer_create(clockid_t clk, struct sigevent *restrict evp, timer_t *restrict res)
{
	struct ksigevent ksev, *ksevp = 0;
	int timerid;

	if (evp) switch (evp->sigev_notify) {
	case SIGEV_THREAD_ID:
	case SIGEV_NONE:
	case SIGEV_SIGNAL:
		ksev.sigev_value = evp->sigev_value;
		ksev.sigev_signo = evp->sigev_signo;
		ksev.sigev_notify = evp->sigev_notify;
		ksev.sigev_tid = evp->sigev_notify == SIGEV_THREAD_ID
			? evp->sigev_notify_thread_id : 0;
		ksevp = &ksev;
		break;
	case SIGEV_THREAD:
		errno = EAGAIN;
		return -1;
	default:
		errno = EINVAL;
		return -1;
	}
	if (syscall(SYS_timer_create, clk, ksevp, &timerid) < 0) return -1;
	*res = (void *)(intptr_t)timerid;
	return 0;
}
