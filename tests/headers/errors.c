/* Bad addresses, descriptors and names, through the C library. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>
#include "check.h"

#define FAILS(call, error) (errno = 0, printf("%s: %s\n", #call, (call) == -1 && errno == (error) ? #error : "NO"))

static volatile uintptr_t bad = (uintptr_t)-65536;
#define BAD ((void *)bad)
#define LOW ((void *)(bad >> 15 & 16)) /* in the first page */

int main(void)
{
	static char name[PATH_MAX + 10];
	int fds[2], fd = open("/dev/zero", O_RDONLY);
	struct stat st;
	struct iovec v = { BAD, 10 };
	struct timespec t;

	memset(name, 'n', sizeof name - 1);
	FAILS(write(1, BAD, 10), EFAULT);
	FAILS(read(fd, BAD, 10), EFAULT);
	FAILS(read(fd, LOW, 10), EFAULT);
	FAILS(writev(1, &v, 1), EFAULT);
	FAILS(readv(fd, BAD, 1), EFAULT);
	FAILS(open(BAD, O_RDONLY), EFAULT);
	FAILS(stat(BAD, &st), EFAULT);
	FAILS(access(BAD, F_OK), EFAULT);
	FAILS(mkdir(BAD, 0777), EFAULT);
	FAILS(unlink(BAD), EFAULT);
	FAILS(rename("/tmp/x", BAD), EFAULT);
	FAILS(symlink(BAD, "/tmp/y"), EFAULT);
	FAILS(readlink("/tmp", BAD, 10), EINVAL);
	FAILS(chdir(BAD), EFAULT);
	FAILS(pipe(BAD), EFAULT);
	FAILS(poll(BAD, 1, 0), EFAULT);
	FAILS(uname(BAD), EFAULT);
	FAILS(getrusage(RUSAGE_SELF, BAD), EFAULT);
	FAILS(read(-1, name, 1), EBADF);
	FAILS(read(99, name, 1), EBADF);
	FAILS(write(INT_MAX, name, 1), EBADF);
	FAILS(close(INT_MIN), EBADF);
	FAILS(fstat(99, &st), EBADF);
	FAILS(lseek(99, 0, SEEK_SET), EBADF);
	FAILS(fsync(99), EBADF);
	FAILS(dup(99), EBADF);
	FAILS(fcntl(99, F_GETFD), EBADF);
	FAILS(fchdir(99), EBADF);
	FAILS(openat(99, "x", O_RDONLY), EBADF);
	FAILS(fchdir(fd), ENOTDIR);
	FAILS(openat(fd, "x", O_RDONLY), ENOTDIR);
	FAILS(open(name, O_RDONLY), ENAMETOOLONG);
	FAILS(mkdir(name, 0777), ENAMETOOLONG);
	FAILS(rename(name, "x"), ENAMETOOLONG);
	FAILS(symlink(name, "x"), ENAMETOOLONG);
	FAILS(chdir(name), ENAMETOOLONG);
	name[NAME_MAX + 1] = 0;
	T(chdir("/tmp") == 0);
	FAILS(open(name, O_RDONLY), ENAMETOOLONG);
	FAILS(mkdir(name, 0777), ENAMETOOLONG);
	FAILS(open("", O_RDONLY), ENOENT);
	FAILS(open("/tmp", O_RDONLY | O_CREAT, 0600), EISDIR);
	FAILS(open("/dev/null/x", O_RDONLY), ENOTDIR);
	FAILS(lseek(fd, 0, 99), EINVAL);
	FAILS(readv(fd, &v, -1), EINVAL);
	FAILS(readv(fd, &v, IOV_MAX + 1), EINVAL);
	FAILS(fcntl(fd, 9999), EINVAL);
	FAILS(clock_gettime(77, &t), EINVAL);
	FAILS(dup2(fd, -1), EBADF);
	FAILS(unlinkat(AT_FDCWD, "x", 0x7000), EINVAL);
	FAILS(utimensat(AT_FDCWD, "/tmp", (struct timespec[]){ { 0, -1 }, { 0, 0 } }, 0), EINVAL);
	FAILS(fstatat(AT_FDCWD, "", &st, 0), ENOENT);
	return 0;
}
