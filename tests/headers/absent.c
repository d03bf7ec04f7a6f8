/* What one wasm process cannot have fails as on a Linux that lacks it. */
#include <aio.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <errno.h>
#include <mqueue.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/msg.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>
#include <wordexp.h>
#include "check.h"

#define FAILS(call, error) (errno = 0, printf("%s: %s\n", #call, (call) == -1 && errno == (error) ? #error : "NO"))

static void *thread(void *p)
{
	return p;
}

int main(void)
{
	char *argv[] = { "true", NULL };
	pthread_t t;
	thrd_t thrd;
	pid_t pid;
	int status, fds[2];
	wordexp_t words;

	FAILS(fork(), ENOSYS);
	FAILS(vfork(), ENOSYS);
	FAILS(execve("/bin/true", argv, argv + 1), ENOSYS);
	FAILS(execvp("true", argv), ENOSYS);
	FAILS(execl("/bin/true", "true", NULL), ENOSYS);
	FAILS(wait(&status), ECHILD);
	FAILS(waitpid(-1, &status, WNOHANG), ECHILD);
	FAILS(waitid(P_ALL, 0, &(siginfo_t){0}, WEXITED), ECHILD);
	FAILS(system("true"), ENOSYS);
	T(!popen("true", "r") && errno);
	T(posix_spawn(&pid, "/bin/true", NULL, NULL, argv, NULL) == ENOSYS);
	T(posix_spawnp(&pid, "true", NULL, NULL, argv, NULL) == ENOSYS);
	T(pthread_create(&t, NULL, thread, NULL) == EAGAIN);
	T(thrd_create(&thrd, (thrd_start_t)thread, NULL) != thrd_success);
	T(wordexp("a b", &words, 0) == WRDE_NOSPACE && !dlopen("libm.so", RTLD_NOW) && dlerror());
	FAILS(socket(AF_INET, SOCK_STREAM, 0), EAFNOSUPPORT);
	FAILS(socket(AF_UNIX, SOCK_DGRAM, 0), EAFNOSUPPORT);
	FAILS(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), EAFNOSUPPORT);
	FAILS(bind(0, NULL, 0), ENOTSOCK);
	FAILS(send(1, "", 0, 0), ENOTSOCK);
	T(getaddrinfo("example.org", NULL, NULL, &(struct addrinfo *){0}) != 0);
	FAILS(epoll_create(1), ENOSYS);
	FAILS(eventfd(0, 0), ENOSYS);
	FAILS(inotify_init(), ENOSYS);
	FAILS(signalfd(-1, &(sigset_t){0}, 0), ENOSYS);
	FAILS(timerfd_create(CLOCK_REALTIME, 0), ENOSYS);
	FAILS(shmget(1, 4096, IPC_CREAT), ENOSYS);
	FAILS(semget(1, 1, IPC_CREAT), ENOSYS);
	FAILS(msgget(1, IPC_CREAT), ENOSYS);
	FAILS((int)mq_open("/queue", O_RDWR | O_CREAT, 0600, NULL), ENOSYS);
	FAILS(getxattr("/tmp", "user.name", NULL, 0), EOPNOTSUPP);
	FAILS(open("/etc/passwd", 0), ENOENT);
	FAILS(open("/proc/self/exe", 0), ENOENT);
	return 0;
}
