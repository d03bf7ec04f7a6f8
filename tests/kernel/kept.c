/* What a host cannot keep is kept for the process: permissions, times, FIFOs. In /tmp, too. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#define T(x) printf("%s: %s\n", #x, (x) ? "yes" : "NO")
#define FAILS(x, e) do { errno = 0; printf("%s: %s\n", #x, (long)(x) == -1 && errno == e ? #e : strerror(errno)); } while (0)

static int mode(const char *name)
{
	struct stat s;

	return lstat(name, &s) ? -errno : (int)s.st_mode;
}

static void modes(void)
{
	char name[] = "mXXXXXX";
	int fd;

	umask(022);
	fd = mkstemp(name);
	printf("%o\n", mode(name));
	T(fchmod(fd, 0751) == 0 && rename(name, "moved") == 0);
	printf("%o\n", mode("moved"));
	T(chmod("moved", 04640) == 0);
	printf("%o\n", mode("moved"));
	close(open("moved", O_CREAT | O_WRONLY, 0777));
	printf("%o\n", mode("moved"));
	T(unlink("moved") == 0);
	close(open("moved", O_CREAT | O_WRONLY, 0666));
	printf("%o\n", mode("moved"));
	umask(077);
	close(open("private", O_CREAT | O_WRONLY, 0666)), mkdir("own", 0777);
	printf("%o %o\n", mode("private"), mode("own"));
	umask(022);
	mkdir("d", 01777), mkdir("e", 0700);
	printf("%o %o\n", mode("d"), mode("e"));
	T(chmod("d", 0) == 0 && mode("d") == S_IFDIR);
	T(chmod("d", 0755) == 0 && mode("d") == (S_IFDIR | 0755));
	FAILS(chmod("none", 0644), ENOENT);
	close(fd), unlink("moved"), unlink("private"), rmdir("own"), rmdir("d"), rmdir("e");
}

static void times(void)
{
	static const struct timespec all[] = {
		{ 0, 0 }, { -1, 0 }, { -1, 999999999 }, { -86400, 5 }, { -2147483648LL, 0 }, { 0, 0 }, { 1, 123456789 },
		{ 1700000000, 999999999 }, { 4294967296LL, 1 }, { 9223372037LL, 0 }, { 15032385535LL, 0 },
	};
	struct stat s;
	int fd = open("t", O_CREAT | O_RDWR, 0644);

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		struct timespec both[] = { all[i], all[i] };
		int r = i % 2 ? futimens(fd, both) : utimensat(AT_FDCWD, "t", both, 0);
		stat("t", &s);
		printf("%d %lld.%09ld %lld\n", r, (long long)s.st_mtime, s.st_mtim.tv_nsec, (long long)s.st_atime);
	}
	T(futimens(fd, (struct timespec[]){ { 0, UTIME_OMIT }, { -5, 0 } }) == 0 && fstat(fd, &s) == 0);
	printf("%lld %lld\n", (long long)s.st_atime, (long long)s.st_mtime);
	write(fd, "x", 1);
	T(stat("t", &s) == 0 && s.st_mtime > 1700000000);
	close(fd), unlink("t");
}

static void fifos(void)
{
	char text[10] = "";
	struct dirent *e;
	struct stat s;
	int both, in, out, type = -1;
	DIR *dir;

	T(mkfifo("p", 0640) == 0);
	printf("%o\n", mode("p"));
	FAILS(mkfifo("p", 0640), EEXIST);
	FAILS(mkfifo("x/", 0640), ENOENT);
	FAILS(open("p", O_WRONLY | O_NONBLOCK), ENXIO);
	in = open("p", O_RDONLY | O_NONBLOCK);
	T(in >= 0 && read(in, text, 9) == 0);
	out = open("p", O_WRONLY);
	T(out >= 0 && write(out, "hello", 5) == 5);
	T(fstat(in, &s) == 0 && S_ISFIFO(s.st_mode));
	FAILS(lseek(in, 0, SEEK_SET), ESPIPE);
	FAILS(read(out, text, 1), EBADF);
	T(read(in, text, 9) == 5 && !strcmp(text, "hello"));
	FAILS(read(in, text, 9), EAGAIN);
	close(out);
	T(read(in, text, 9) == 0);
	close(in);
	both = open("p", O_RDWR);
	T(write(both, "again", 5) == 5 && read(both, text, 9) == 5 && !strcmp(text, "again"));
	close(both);
	T(rename("p", "q") == 0 && S_ISFIFO(mode("q")) && unlink("q") == 0);
	close(open("q", O_CREAT | O_WRONLY, 0644));
	T(S_ISREG(mode("q")) && unlink("q") == 0);
}

int main(void)
{
	modes(), times(), fifos();
	return 0;
}
