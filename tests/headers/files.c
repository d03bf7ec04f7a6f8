/* <dirent.h>, <ftw.h>, <glob.h>, <sys/stat.h>, <unistd.h>, <fcntl.h>, <sys/uio.h>, <sys/statvfs.h>:
 * a tree of files. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>
#include <utime.h>
#include "check.h"

static char top[] = "/tmp/filesXXXXXX";

static int make(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0644);
	return fd < 0 || write(fd, text, strlen(text)) < 0 || close(fd);
}

static void descriptors(void)
{
	char b[16] = "", c[4] = "";
	struct iovec v[] = { { "he", 2 }, { "", 0 }, { "llo", 3 } }, r[] = { { c, 2 }, { b, 16 } };
	int fd = open("f", O_RDWR | O_CREAT | O_CLOEXEC, 0600), other;

	T(fd >= 3 && fcntl(fd, F_GETFD) == FD_CLOEXEC && (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR);
	T(writev(fd, v, 3) == 5 && lseek(fd, 0, SEEK_SET) == 0 && readv(fd, r, 2) == 5 && !memcmp(b, "llo", 3));
	T(pwrite(fd, "J", 1, 0) == 1 && pread(fd, b, 5, 0) == 5 && !memcmp(b, "Jello", 5));
	T(pwritev(fd, v, 3, 5) == 5 && preadv(fd, r, 2, 8) == 2 && lseek(fd, 0, SEEK_CUR) == 5);
	other = dup(fd);
	T(other > fd && fcntl(other, F_GETFD) == 0 && lseek(other, 2, SEEK_SET) == 2 && lseek(fd, 0, SEEK_CUR) == 2);
	T(dup2(fd, other) == other && dup3(fd, other, O_CLOEXEC) == other && fcntl(other, F_GETFD) == FD_CLOEXEC);
	T(dup2(fd, fd) == fd && dup3(fd, fd, 0) == -1 && errno == EINVAL && dup2(99, fd) == -1 && errno == EBADF);
	T(fcntl(fd, F_DUPFD, 50) == 50 && fcntl(fd, F_DUPFD_CLOEXEC, 50) == 51 && close(50) == 0 && close(51) == 0);
	T(fcntl(fd, F_SETFL, O_APPEND) == 0 && lseek(fd, 0, SEEK_SET) == 0 && write(fd, "!", 1) == 1);
	T(lseek(fd, 0, SEEK_CUR) == 11 && lseek(fd, -12, SEEK_CUR) == -1 && errno == EINVAL);
	T(ftruncate(fd, 3) == 0 && lseek(fd, 0, SEEK_END) == 3 && truncate("f", 6) == 0 && pread(fd, b, 9, 0) == 6);
	T(posix_fallocate(fd, 0, 100) == 0 && lseek(fd, 0, SEEK_END) == 100 && posix_fadvise(fd, 0, 0, 0) == 0);
	T(fsync(fd) == 0 && fdatasync(fd) == 0 && flock(fd, LOCK_EX) == 0 && lockf(fd, F_LOCK, 0) == 0);
	T(lockf(fd, F_ULOCK, 0) == 0 && isatty(fd) == 0 && errno == ENOTTY);
	char *map = mmap(NULL, 100, PROT_READ, MAP_PRIVATE, fd, 0);
	T(map != MAP_FAILED && !memcmp(map, "Jel\0", 4) && munmap(map, 100) == 0);
	int out = open("g", O_WRONLY | O_CREAT, 0600);
	off_t at = 1;
	T(sendfile(out, fd, &at, 2) == 2 && at == 3 && close(out) == 0);
	T(close(other) == 0 && close(other) == -1 && errno == EBADF && close(fd) == 0 && read(fd, b, 1) == -1);
	T(open("f", O_RDONLY | O_CREAT | O_EXCL, 0600) == -1 && errno == EEXIST);
	T(open("f", O_RDONLY | O_DIRECTORY) == -1 && errno == ENOTDIR && open("f/x", O_RDONLY) == -1 && errno == ENOTDIR);
	T(open(".", O_WRONLY) == -1 && errno == EISDIR && creat("f", 0600) >= 3);
	fd = open("f", O_WRONLY);
	T(read(fd, b, 1) == -1 && errno == EBADF && close(fd) == 0);
	fd = open("f", O_RDONLY);
	T(write(fd, b, 1) == -1 && errno == EBADF && ftruncate(fd, 0) == -1 && errno == EINVAL);
	int flag = -1;
	T(unlink("f") == 0 && close(fd) == 0 && unlink("g") == 0 && unlink("g") == -1 && errno == ENOENT);
}

static int same_file(const char *a, const char *b)
{
	struct stat x, y;
	return !stat(a, &x) && !stat(b, &y) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static void names(void)
{
	char b[PATH_MAX];
	struct stat st;

	T(mkdir("d", 0755) == 0 && mkdir("d", 0755) == -1 && errno == EEXIST && mkdir("no/d", 0755) == -1);
	T(make("d/f", "text") == 0 && link("d/f", "d/two") == 0 && same_file("d/f", "d/two"));
	T(stat("d/f", &st) == 0 && st.st_nlink == 2 && st.st_size == 4 && S_ISREG(st.st_mode));
	T(symlink("d/f", "ln") == 0 && readlink("ln", b, 3) == 3 && !memcmp(b, "d/f", 3) && same_file("ln", "d/f"));
	T(lstat("ln", &st) == 0 && S_ISLNK(st.st_mode) && st.st_size == 3 && readlink("d/f", b, 9) == -1 && errno == EINVAL);
	T(symlink("loop", "loop") == 0 && open("loop", O_RDONLY) == -1 && errno == ELOOP);
	T(open("ln", O_RDONLY | O_NOFOLLOW) == -1 && errno == ELOOP && symlink("x", "ln") == -1 && errno == EEXIST);
	T(rename("d/two", "d/three") == 0 && access("d/two", F_OK) == -1 && rename("d", "d/sub") == -1 && errno == EINVAL);
	T(rmdir("d") == -1 && (errno == ENOTEMPTY || errno == EEXIST) && rmdir("ln") == -1 && errno == ENOTDIR);
	T(unlink("d") == -1 && (errno == EISDIR || errno == EPERM));
	T(chdir("d") == 0 && getcwd(b, sizeof b) && !strcmp(b + strlen(top), "/d") && chdir("..") == 0);
	T(chdir("ln") == -1 && errno == ENOTDIR && getcwd(b, 2) == NULL && errno == ERANGE);
	int dir = open("d", O_RDONLY | O_DIRECTORY), fd = openat(dir, "../d/f", O_RDONLY);
	T(fd >= 0 && fstatat(dir, "f", &st, 0) == 0 && mkdirat(dir, "e", 0700) == 0 && unlinkat(dir, "e", AT_REMOVEDIR) == 0);
	T(fchdir(dir) == 0 && access("f", R_OK | W_OK) == 0 && fchdir(fd) == -1 && errno == ENOTDIR && chdir(top) == 0);
	T(faccessat(dir, "three", F_OK, AT_EACCESS) == 0 && renameat(dir, "three", AT_FDCWD, "out") == 0);
	close(fd), close(dir);
	struct timespec at[] = { { 1000000, 5000 }, { 2000000, 0 } };
	T(utimensat(AT_FDCWD, "out", at, 0) == 0 && stat("out", &st) == 0 && st.st_mtime == 2000000 && st.st_atim.tv_nsec == 5000);
	at[0].tv_nsec = UTIME_OMIT, at[1].tv_sec = 3000000;
	T(utimensat(AT_FDCWD, "out", at, 0) == 0 && stat("out", &st) == 0 && st.st_mtime == 3000000 && st.st_atime == 1000000);
	T(utime("out", &(struct utimbuf){ 7, 8 }) == 0 && stat("out", &st) == 0 && st.st_atime == 7 && st.st_mtime == 8);
	T(utimes("out", NULL) == 0 && stat("out", &st) == 0 && st.st_mtime > 1600000000);
	fd = open("out", O_RDONLY);
	T(futimens(fd, at) == 0 && fstat(fd, &st) == 0 && st.st_mtime == 3000000 && close(fd) == 0);
	T(chmod("out", 0400) == 0 && stat("out", &st) == 0 && (st.st_mode & 07777) == 0400);
	T(umask(077) == 022 && mkdir("private", 0777) == 0 && stat("private", &st) == 0 && (st.st_mode & 0777) == 0700);
	umask(022);
	T(chown("out", -1, -1) == 0 && lchown("ln", getuid(), getgid()) == 0);
	struct statvfs fs;
	T(statvfs("/tmp", &fs) == 0 && fs.f_bsize > 0 && fs.f_namemax == 255 && pathconf("/tmp", _PC_NAME_MAX) == 255);
	memset(b, 'x', 300);
	b[300] = 0;
	T(open(b, O_RDONLY) == -1 && errno == ENAMETOOLONG);
	memset(b, '/', sizeof b - 1);
	b[sizeof b - 1] = 0;
	T(stat("", &st) == -1 && errno == ENOENT && stat(b, &st) == 0 && S_ISDIR(st.st_mode));
	T(remove("private") == 0 && unlink("out") == 0 && unlink("loop") == 0 && mkfifo(top, 0600) == -1 && errno == EEXIST);
}

static int names_only(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static int walked, depth;

static int walk(const char *path, const struct stat *st, int type, struct FTW *info)
{
	walked |= 1 << type;
	if (info->level > depth) depth = info->level;
	return type == FTW_DP ? rmdir(path) : type == FTW_SL || type == FTW_F ? unlink(path) : 0;
}

static int plain(const char *path, const struct stat *st, int type)
{
	return type == FTW_F && !strcmp(path + strlen(path) - 1, "f") ? 42 : 0;
}

static void trees(void)
{
	struct dirent **list, *d;
	glob_t g;
	int n, total = 0, types = 0;

	mkdir("d/a", 0755), mkdir("d/a/b", 0755);
	make("d/a/x.c", ""), make("d/a/y.c", ""), make("d/a/.z.c", ""), make("d/10", ""), make("d/9", "");
	n = scandir("d", &list, names_only, alphasort);
	for (int i = 0; i < n; i++) printf("%s ", list[i]->d_name), free(list[i]);
	free(list);
	n = scandir("d", &list, names_only, versionsort);
	for (int i = 0; i < n; i++) printf("%s ", list[i]->d_name), free(list[i]);
	puts("");
	free(list);
	DIR *dir = opendir("d");
	while ((d = readdir(dir))) total++, types |= d->d_type == DT_DIR ? 1 : d->d_type == DT_REG ? 2 : 4;
	T(total == 6 && types == 3 && dirfd(dir) >= 3);
	rewinddir(dir);
	readdir(dir), readdir(dir);
	long at = telldir(dir);
	char third[256];
	strcpy(third, readdir(dir)->d_name);
	readdir(dir);
	seekdir(dir, at);
	T(!strcmp(readdir(dir)->d_name, third) && closedir(dir) == 0);
	T(!opendir("no") && errno == ENOENT && !opendir("d/f") && errno == ENOTDIR && !fdopendir(99) && errno == EBADF);
	T(glob("d/*/*.c", 0, NULL, &g) == 0);
	for (size_t i = 0; i < g.gl_pathc; i++) printf("%s ", g.gl_pathv[i]);
	globfree(&g);
	T(glob("d/[0-9]*", GLOB_MARK, NULL, &g) == 0 && g.gl_pathc == 2);
	T(glob("d/a", GLOB_MARK | GLOB_APPEND, NULL, &g) == 0 && !strcmp(g.gl_pathv[2], "d/a/"));
	globfree(&g);
	T(glob("no*", 0, NULL, &g) == GLOB_NOMATCH && glob("no*", GLOB_NOCHECK, NULL, &g) == 0 && !strcmp(*g.gl_pathv, "no*"));
	globfree(&g);
	T(ftw("d", plain, 5) == 42 && nftw(".", walk, 3, FTW_PHYS | FTW_DEPTH | FTW_CHDIR * 0) == -1);
	T(walked == (1 << FTW_F | 1 << FTW_DP | 1 << FTW_SL) && depth == 3);
	char path[] = "/usr/lib/", file[] = "name";
	T(!strcmp(basename(path), "lib") && !strcmp(dirname(path), "/usr") && !strcmp(dirname(file), "."));
}

int main(void)
{
	char b[PATH_MAX];

	if (!mkdtemp(top) || chdir(top)) return 1;
	descriptors();
	names();
	trees();
	T(chdir("/") == 0 && rmdir(top) == 0);
	T(getcwd(b, sizeof b) && !strcmp(b, "/"));
	return 0;
}
