/* Files and directories: what Linux answers to what is asked less often. In /tmp, too. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#define T(x) printf("%s: %s\n", #x, (x) ? "yes" : "NO")
#define FAILS(x, e) do { errno = 0; printf("%s: %s\n", #x, (long)(x) == -1 && errno == e ? #e : strerror(errno)); } while (0)

static void directories(void)
{
	int fd;
	char b[4096];
	struct stat s;
	struct dirent *e;
	int differ = 0, n = 0;
	DIR *d;

	mkdir("d", 0700);
	fd = open("d", O_RDONLY);
	T(fsync(fd) == 0 && fdatasync(fd) == 0);
	FAILS(open("d", O_RDONLY | O_TRUNC), EISDIR);
	symlink("none", "l");
	FAILS(open("l", O_CREAT | O_EXCL | O_RDWR, 0600), EEXIST);
	close(fd);
	close(open("d/f", O_CREAT | O_RDWR, 0600)), mkdir("d/g", 0700), symlink("f", "d/l");
	d = opendir("d");
	while ((e = readdir(d)))
		if (e->d_name[0] != '.' && (sprintf(b, "d/%s", e->d_name), !lstat(b, &s))) n++, differ += s.st_ino != e->d_ino;
	closedir(d);
	printf("%d %d\n", n, differ);
	unlink("d/f"), rmdir("d/g"), unlink("d/l"), unlink("l");
	chdir("d");
	T(rename("../d", "../e") == 0 && getcwd(b, sizeof b) && !strcmp(b + strlen(b) - 2, "/e"));
	T(rmdir("../e") == 0);
	FAILS(getcwd(b, sizeof b) ? 0 : -1, ENOENT);
	T(chdir("..") == 0 || chdir("/tmp") == 0);
}

static void ranges(void)
{
	int a = open("a", O_CREAT | O_RDWR, 0666), b = open("b", O_CREAT | O_RDWR, 0666), p[2];
	off_t from = 1, to = 2;
	char text[10] = "";

	write(a, "abcdef", 6);
	FAILS(lseek(a, 6, SEEK_DATA), ENXIO);
	T(lseek(a, 2, SEEK_DATA) == 2 && lseek(a, 2, SEEK_HOLE) == 6 && lseek(a, 0, SEEK_CUR) == 6);
	lseek(a, 0, SEEK_SET);
	T(copy_file_range(a, 0, b, 0, 3, 0) == 3 && lseek(a, 0, SEEK_CUR) == 3 && lseek(b, 0, SEEK_CUR) == 3);
	T(copy_file_range(a, &from, b, &to, 100, 0) == 5 && from == 6 && to == 7);
	T(pread(b, text, 9, 0) == 7 && !strcmp(text, "abbcdef"));
	T(copy_file_range(a, &from, b, 0, 5, 0) == 0);
	FAILS(copy_file_range(a, 0, b, 0, 1, 1), EINVAL);
	FAILS(copy_file_range(99, 0, b, 0, 1, 0), EBADF);
	from = 0, to = 1;
	FAILS(copy_file_range(a, &from, a, &to, 5, 0), EINVAL);
	pipe(p);
	FAILS(copy_file_range(p[0], 0, b, 0, 1, 0), EINVAL);
	close(p[0]), close(p[1]), close(a), close(b), unlink("a"), unlink("b");
}

static void times(void)
{
	static const long long seconds[] = { 0, 1, 1000000000, 2147483648, 4294967296, 9223372036, 10000000000 };
	struct timespec t[2];
	struct stat s;
	int fd = open("t", O_CREAT | O_RDWR, 0666);

	for (int i = 0; i < 7; i++) {
		t[0].tv_sec = t[1].tv_sec = seconds[i], t[0].tv_nsec = t[1].tv_nsec = 0;
		int r = i % 2 ? futimens(fd, t) : utimensat(AT_FDCWD, "t", t, 0);
		stat("t", &s);
		printf("%d %lld\n", r, (long long)s.st_mtime - seconds[i]);
	}
	T(s.st_ctime <= time(0) + 1 || 1);
	close(fd), unlink("t");
}

static void ready(void)
{
	int p[2], null = open("/dev/null", O_RDWR), file = open("r", O_CREAT | O_RDWR, 0600);
	struct pollfd fds[3];
	struct timeval none = { 0, 0 };
	fd_set in, out;

	pipe(p);
	fds[0] = (struct pollfd){ p[0], POLLIN, 0 }, fds[1] = (struct pollfd){ p[1], POLLOUT, 0 };
	T(poll(fds, 2, 0) == 1 && !fds[0].revents && fds[1].revents == POLLOUT);
	write(p[1], "x", 1);
	T(poll(fds, 2, -1) == 2);
	fds[0].fd = null, fds[1].fd = file;
	T(poll(fds, 2, -1) == 2 && fds[0].revents == POLLIN);
	FD_ZERO(&in); FD_ZERO(&out); FD_SET(p[0], &in); FD_SET(p[1], &out);
	T(select(p[1] + 1, &in, &out, 0, &none) == 2);
	fds[0] = (struct pollfd){ 0, POLLIN, 0 };
	T(poll(fds, 1, -1) == 1 && poll(fds, 1, 0) == 1);
	close(p[0]), close(p[1]), close(null), close(file), unlink("r");
}

int main(void)
{
	directories(), ranges(), times(), ready();
	errno = 0;
	T(kill(getppid(), 0) == 0);
	FAILS(clock_settime(CLOCK_MONOTONIC, &(struct timespec){ 0, 0 }), EINVAL);
	FAILS(clock_settime(CLOCK_REALTIME, &(struct timespec){ 0, -1 }), EINVAL);
	return 0;
}
