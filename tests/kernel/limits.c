/* What setrlimit says holds, and all that is used up says so. In /tmp, too. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#define T(x) printf("%s: %s\n", #x, (x) ? "yes" : "NO")
#define FAILS(x, e) do { errno = 0; printf("%s: %s\n", #x, (long)(x) == -1 && errno == e ? #e : strerror(errno)); } while (0)

static volatile int signals;
static void count(int sig) { signals++; }

static void descriptors(void)
{
	struct rlimit limit, old;
	int fds[40], n = 0;

	getrlimit(RLIMIT_NOFILE, &old);
	limit = (struct rlimit){ 20, old.rlim_max };
	T(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	T(getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur == 20 && sysconf(_SC_OPEN_MAX) == 20);
	while ((fds[n] = open("/dev/null", O_RDONLY)) >= 0) n++;
	T(errno == EMFILE && fds[n - 1] == 19);
	FAILS(open("made", O_CREAT | O_WRONLY, 0600), EMFILE);
	FAILS(access("made", F_OK), ENOENT);
	FAILS(dup(0), EMFILE);
	FAILS(fcntl(0, F_DUPFD, 0), EMFILE);
	FAILS(fcntl(0, F_DUPFD, 20), EINVAL);
	FAILS(dup2(0, 20), EBADF);
	FAILS(pipe(fds + 30), EMFILE);
	FAILS(fopen(".", "r") ? 0 : -1, EMFILE);
	FAILS(memfd_create("x", 0), EMFILE);
	close(fds[n - 1]);
	FAILS(pipe(fds + 30), EMFILE);
	T(dup(0) == 19);
	while (n) close(fds[--n]);
	close(19);
	T(setrlimit(RLIMIT_NOFILE, &old) == 0);
}

static void sizes(void)
{
	struct rlimit limit = { 1000, RLIM_INFINITY };
	static char data[2000];
	struct stat s;
	int fd = open("file", O_CREAT | O_RDWR | O_TRUNC, 0600);

	signal(SIGXFSZ, count);
	T(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	T(write(fd, data, 600) == 600);
	T(write(fd, data, 600) == 400);
	FAILS(write(fd, data, 1), EFBIG);
	printf("%d\n", signals);
	FAILS(pwrite(fd, data, 10, 5000), EFBIG);
	FAILS(ftruncate(fd, 1001), EFBIG);
	T(ftruncate(fd, 1000) == 0 && pwrite(fd, data, 10, 5) == 10);
	printf("%d\n", signals);
	T(fstat(fd, &s) == 0 && s.st_size == 1000);
	T(setrlimit(RLIMIT_FSIZE, &(struct rlimit){ RLIM_INFINITY, RLIM_INFINITY }) == 0);
	close(fd), unlink("file");
}

static void memory(void)
{
	struct rlimit limit, old;
	void *volatile p;

	getrlimit(RLIMIT_AS, &old);
	limit = old;
	limit.rlim_cur = 1 << 20;
	T(setrlimit(RLIMIT_AS, &limit) == 0);
	FAILS(mmap(0, 8 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), ENOMEM);
	p = malloc(64 << 20);
	T(!p);
	T(setrlimit(RLIMIT_AS, &old) == 0);
	p = malloc(8 << 20);
	T(p);
	free(p);
	FAILS(setrlimit(RLIMIT_CORE, &(struct rlimit){ 2, 1 }), EINVAL);
	FAILS(setrlimit(1000, &(struct rlimit){ 1, 2 }), EINVAL);
	T(setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 }) == 0);
	T(getrlimit(RLIMIT_CORE, &limit) == 0 && !limit.rlim_max);
}

int main(void)
{
	descriptors(), sizes(), memory();
	return 0;
}
