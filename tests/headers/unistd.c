/* <unistd.h>, <poll.h>, <sys/select.h>, <sys/ioctl.h>, <termios.h>: pipes, waiting, identity. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <termios.h>
#include <unistd.h>
#include "check.h"

static void pipes(void)
{
	char b[8] = "", big[70000];
	int p[2], n;
	struct pollfd fds[] = { { 0, POLLIN }, { 0, POLLOUT }, { -1, POLLIN }, { 99, POLLIN } };
	fd_set r, w;

	T(pipe2(p, O_NONBLOCK | O_CLOEXEC) == 0 && fcntl(p[0], F_GETFD) == FD_CLOEXEC && fcntl(p[1], F_GETFL) & O_NONBLOCK);
	T(read(p[0], b, 8) == -1 && errno == EAGAIN && write(p[1], "hello", 5) == 5 && ioctl(p[0], FIONREAD, &n) == 0 && n == 5);
	fds[0].fd = p[0], fds[1].fd = p[1];
	T(poll(fds, 4, 0) == 3 && fds[0].revents == POLLIN && fds[1].revents == POLLOUT && !fds[2].revents && fds[3].revents == POLLNVAL);
	FD_ZERO(&r);
	FD_ZERO(&w);
	FD_SET(p[0], &r);
	FD_SET(p[1], &w);
	T(select(p[1] + 1, &r, &w, NULL, &(struct timeval){ 0, 0 }) == 2 && FD_ISSET(p[0], &r) && FD_ISSET(p[1], &w));
	T(read(p[0], b, 8) == 5 && !memcmp(b, "hello", 5) && poll(fds, 1, 10) == 0);
	memset(big, 'b', sizeof big);
	T(write(p[1], big, sizeof big) == 65536 && write(p[1], "x", 1) == -1 && errno == EAGAIN && poll(fds + 1, 1, 0) == 0);
	T(read(p[0], big, sizeof big) == 65536 && close(p[1]) == 0 && read(p[0], b, 1) == 0);
	T(poll(fds, 1, 0) == 1 && fds[0].revents & POLLHUP && lseek(p[0], 0, SEEK_SET) == -1 && errno == ESPIPE);
	T(select(1000, &(fd_set){0}, NULL, NULL, &(struct timeval){ 0, 1000 }) == 0 && write(p[0], "x", 1) == -1 && errno == EBADF);
	close(p[0]);
	T(select(-1, NULL, NULL, NULL, NULL) == -1 && errno == EINVAL && pipe2(p, 0x7fff0000) == -1 && errno == EINVAL);
}

static void terminal(void)
{
	struct termios t = {0};
	struct winsize size;
	int fd = open("/dev/null", O_RDWR);

	T(tcgetattr(fd, &t) == -1 && errno == ENOTTY && ioctl(fd, TIOCGWINSZ, &size) == -1 && !isatty(fd) && !ttyname(fd));
	cfmakeraw(&t);
	T(cfsetospeed(&t, B9600) == 0 && cfgetospeed(&t) == B9600 && cfsetispeed(&t, B38400) == 0 && (t.c_cflag & CSIZE) == CS8);
	T(write(fd, "x", 1) == 1 && read(fd, &t, 1) == 0 && close(fd) == 0 && tcgetattr(99, &t) == -1 && errno == EBADF);
	fd = open("/dev/zero", O_RDONLY);
	T(read(fd, &t, 4) == 4 && t.c_iflag == 0 && close(fd) == 0);
	fd = open("/dev/full", O_WRONLY);
	T(write(fd, "x", 1) == -1 && errno == ENOSPC && close(fd) == 0);
	fd = open("/dev/urandom", O_RDONLY);
	T(read(fd, &t, sizeof t) == sizeof t && close(fd) == 0);
	fd = open("/dev/fd/1", O_WRONLY);
	T(fd >= 3 && close(fd) == 0 && open("/dev/fd/77", O_RDONLY) == -1);
}

static void identity(void)
{
	gid_t groups[64];
	char b[256];

	T(getpid() > 0 && getppid() >= 0 && getuid() == geteuid() && getgid() == getegid() && getpgid(0) == getpgrp());
	T(getsid(0) >= 0 && getgroups(64, groups) >= 0 && getgroups(-1, groups) == -1 && errno == EINVAL);
	T(setuid(getuid()) == 0 && setgid(getgid()) == 0 && setreuid(-1, -1) == 0);
	T(sysconf(_SC_PAGESIZE) == 4096 && sysconf(_SC_OPEN_MAX) >= 64 && sysconf(_SC_CLK_TCK) == 100 && sysconf(_SC_NPROCESSORS_ONLN) >= 1);
	T(sysconf(9999) == -1 && errno == EINVAL && confstr(_CS_PATH, b, sizeof b) > 1 && strchr(b, '/'));
	T(gethostname(b, sizeof b) == 0 && *b && nice(0) != -1 && getdtablesize() >= 64);
	T(getopt(1, (char *[]){ "x", NULL }, "a") == -1 && optind == 1 && environ != NULL && ctermid(NULL));
	T(getpagesize() == 4096 && access("/", F_OK) == 0);
}

int main(void)
{
	pipes();
	terminal();
	identity();
	return 0;
}
