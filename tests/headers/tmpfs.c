/* Files of /tmp under load: many, large, deep, with holes, and open without a name. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "check.h"

static char top[] = "/tmp/treeXXXXXX";

static int many(void)
{
	char name[32];
	int bad = 0, n = 0;
	DIR *d;

	for (int i = 0; i < 500; i++) {
		snprintf(name, sizeof name, "file%d", i);
		FILE *f = fopen(name, "w");
		bad += !f || fprintf(f, "%d", i) < 1 || fclose(f);
	}
	for (int i = 0; i < 500; i += 2) {
		snprintf(name, sizeof name, "file%d", i);
		bad += unlink(name);
	}
	d = opendir(".");
	while (readdir(d)) n++;
	closedir(d);
	for (int i = 1; i < 500; i += 2) {
		int got = -1;
		snprintf(name, sizeof name, "file%d", i);
		FILE *f = fopen(name, "r");
		bad += !f || fscanf(f, "%d", &got) != 1 || got != i || fclose(f) || unlink(name);
	}
	return bad * 1000 + n;
}

static int large(void)
{
	static char block[65536], back[65536];
	int fd = open("large", O_RDWR | O_CREAT | O_TRUNC, 0600), bad = 0;
	struct stat st;

	for (int i = 0; i < 256; i++) {
		memset(block, i, sizeof block);
		bad += write(fd, block, sizeof block) != sizeof block;
	}
	for (int i = 255; i >= 0; i--) {
		memset(block, i, sizeof block);
		bad += pread(fd, back, sizeof back, i * 65536L) != sizeof back || memcmp(block, back, sizeof back);
	}
	bad += fstat(fd, &st) || st.st_size != 16 << 20 || st.st_blocks < 32768;
	bad += unlink("large") || lseek(fd, 0, SEEK_SET) || read(fd, back, 10) != 10 || fstat(fd, &st) || st.st_nlink;
	return bad + close(fd);
}

static int deep(void)
{
	char path[4200];
	int depth = 0;

	while (depth < 200 && !mkdir("a-directory", 0700) && !chdir("a-directory")) depth++;
	T(getcwd(path, sizeof path) && strlen(path) == strlen(top) + 12 * 200);
	for (int i = 0; i < 200; i++) if (chdir("..") || rmdir("a-directory")) return -1;
	return depth;
}

int main(void)
{
	struct stat st;
	char b[8];

	if (!mkdtemp(top) || chdir(top)) return 1;
	printf("many: %d\n", many());
	printf("large: %d\n", large());
	printf("deep: %d\n", deep());
	int fd = open("hole", O_RDWR | O_CREAT, 0640);
	T(pwrite(fd, "x", 1, 1000000) == 1 && pread(fd, b, 8, 999995) == 6 && !memcmp(b, "\0\0\0\0\0x", 6));
	T(ftruncate(fd, 10) == 0 && ftruncate(fd, 2000) == 0 && pread(fd, b, 8, 8) == 8 && !memcmp(b, "\0\0\0\0\0\0\0", 8));
	T(fstat(fd, &st) == 0 && st.st_size == 2000 && (st.st_mode & 0777) == 0640 && rename("hole", "moved") == 0);
	T(write(fd, "still", 5) == 5 && stat("moved", &st) == 0 && link("moved", "again") == 0 && unlink("moved") == 0);
	int other = open("again", O_RDONLY | O_CLOEXEC);
	T(read(other, b, 5) == 5 && !memcmp(b, "still", 5) && close(other) == 0 && close(fd) == 0 && unlink("again") == 0);
	T(mkdir("x", 0700) == 0 && mkdir("y", 0700) == 0 && mkdir("y/z", 0700) == 0 && rename("x", "y") == -1);
	T(rename("y", "y/z/w") == -1 && errno == EINVAL && rename("y/z", "x") == 0 && rmdir("x") == 0 && rmdir("y") == 0);
	FILE *f = tmpfile();
	T(f && fprintf(f, "%d", 42) == 2 && fseek(f, 0, SEEK_SET) == 0 && fgetc(f) == '4' && fclose(f) == 0);
	T(chdir("/") == 0 && rmdir(top) == 0 && stat(top, &st) == -1 && errno == ENOENT);
	return 0;
}
