/* Calls that take a path, with every kind of path: links, "..", slashes. In /tmp, too. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *paths[] = {
	"f", "d", "none", "lf", "ld", "lb", "loop", "up", "chain", "f/", "d/", "none/", "lf/", "ld/",
	"lb/", "loop/", "f/.", "d/.", "ld/.", "lf/.", "none/.", "d/..", "ld/..", "f/..", "none/..",
	"ld/../f", "ld/../inner", "d/../f", "d/../inner", "f/../f", "none/../f", "lb/../f", "lf/../f",
	"loop/../f", "ld/../../f", "deep/../inner", "deep/../../f", "deep/../../../f", "./f", "d/./in",
	"ld/in", "ld/upf", "up/../f", "chain/../inner", "chain/upf", "d/in/x", "f/x", "none/x", "lb/x",
	"ld/none", "d/none/", "none/x/", "f/x/", "ld//in", ".//f", "deep/./../inner", "", ".", "..", "./",
	"tangled", "deep/../../r/v1/in", "d/in/../in",
};
static const char *others[] = { "n/", "g/", "e", "lb", "ld/../n", "e/.", "none/n" };

static void put(const char *name)
{
	int fd = open(name, O_CREAT | O_WRONLY | O_TRUNC, 0644);

	write(fd, name, strlen(name));
	close(fd);
}

/* A tree: ld leads to r/v1, so that its parent is r. */
static void make(void)
{
	mkdir("t", 0755), chdir("t");
	put("f"), put("g");
	mkdir("d", 0755), put("d/in");
	mkdir("e", 0755), mkdir("r", 0755), mkdir("r/v1", 0755), mkdir("r/v1/w", 0755);
	put("r/inner"), put("r/f"), put("r/v1/in");
	symlink("f", "lf"), symlink("r/v1", "ld"), symlink("none", "lb"), symlink("loop", "loop");
	symlink("../f", "r/v1/upf"), symlink("..", "r/v1/w/up"), symlink("r/v1/w/up", "up");
	symlink("ld", "chain"), symlink("r/v1/w", "deep"), symlink("ld/../f", "tangled");
}

static void empty(const char *name)
{
	DIR *dir = opendir(name);
	struct dirent *e;
	char path[300];

	if (!dir) return;
	while ((e = readdir(dir))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, "..")) continue;
		snprintf(path, sizeof path, "%s/%s", name, e->d_name);
		if (unlink(path)) empty(path), rmdir(path);
	}
	closedir(dir);
}

static int order(const void *a, const void *b)
{
	return strcmp(*(char **)a, *(char **)b);
}

static char text[4000];

static void tree(const char *name, int depth)
{
	DIR *dir = opendir(name);
	struct dirent *e;
	char *names[40], path[300];
	int n = 0;

	while (dir && (e = readdir(dir))) if (e->d_name[0] != '.') names[n++] = strdup(e->d_name);
	if (dir) closedir(dir);
	qsort(names, n, sizeof *names, order);
	for (int i = 0; i < n; i++) {
		struct stat s;
		char target[100] = "";
		snprintf(path, sizeof path, "%s/%s", name, names[i]);
		lstat(path, &s);
		sprintf(text + strlen(text), " %s", names[i]);
		if (S_ISLNK(s.st_mode)) readlink(path, target, 99), sprintf(text + strlen(text), ">%s", target);
		if (S_ISREG(s.st_mode)) sprintf(text + strlen(text), "%d,%d", (int)s.st_size, (int)s.st_nlink);
		if (S_ISDIR(s.st_mode)) strcat(text, "["), tree(path, depth + 1), strcat(text, " ]");
		free(names[i]);
	}
}

static char before[4000];

static void restart(void)
{
	chdir("..");
	empty("t");
	rmdir("t");
	make();
}

static int verbose;
static char home[200];

static unsigned sum(const char *s)
{
	unsigned n = 5381;

	while (*s) n = n * 33 + *s++;
	return (n ^ n >> 16) & 0xffff;
}

/* The answer, and what has changed, as a sum of the tree; in words if verbose. */
static void told(const char *call, const char *path, const char *other, int result)
{
	int error = result < 0 ? errno : 0;

	text[0] = 0;
	tree(".", 0);
	if (verbose) printf("%s %s %s: %d%s%s\n", call, path, other, error,
		strcmp(text, before) ? " =>" : "", strcmp(text, before) ? text : "");
	else if (strcmp(text, before)) printf(" %d=%04x", error, sum(text));
	else printf(" %d", error);
	if (strcmp(text, before)) restart();
}

static const char *content(int fd)
{
	static char b[100];
	int n = read(fd, b, 99);

	if (n < 0) return errno == EISDIR ? "EISDIR" : "?";
	b[n] = 0;
	return b;
}

static void opened(const char *how, const char *path, int flags)
{
	int fd = open(path, flags, 0644);

	if (fd >= 0 && (flags & O_ACCMODE) != O_WRONLY) printf(" (%s)", content(fd));
	told(how, path, "", fd);
	if (fd >= 0) close(fd);
}

static void one(const char *p)
{
	struct stat s;
	char b[200] = "";
	int n;

	n = stat(p, &s);
	if (!n) printf(" %o", s.st_mode & S_IFMT);
	told("stat", p, "", n);
	n = lstat(p, &s);
	if (!n) printf(" %o", s.st_mode & S_IFMT);
	told("lstat", p, "", n);
	n = readlink(p, b, 99);
	printf(" %s", n < 0 ? "" : b), told("readlink", p, "", n);
	told("access", p, "", access(p, R_OK));
	opened("read", p, O_RDONLY);
	opened("nofollow", p, O_RDONLY | O_NOFOLLOW);
	opened("directory", p, O_RDONLY | O_DIRECTORY);
	opened("write", p, O_WRONLY);
	opened("truncate", p, O_WRONLY | O_TRUNC);
	opened("readers'", p, O_RDONLY | O_TRUNC);
	opened("create", p, O_RDWR | O_CREAT);
	opened("exclusive", p, O_RDWR | O_CREAT | O_EXCL);
	opened("empty", p, O_RDWR | O_CREAT | O_TRUNC);
	told("truncate2", p, "", truncate(p, 2));
	told("mkdir", p, "", mkdir(p, 0755));
	told("rmdir", p, "", *p == '.' && !p[2 - (p[1] != '.')] && p[1] == '.' ? -1 : rmdir(p));
	told("unlink", p, "", unlink(p));
	told("mknod", p, "", mknod(p, S_IFREG | 0644, 0));
	told("symlink", p, "", symlink("f", p));
	told("utime", p, "", utimensat(AT_FDCWD, p, 0, 0));
	n = chdir(p);
	if (!n) {
		getcwd(b, sizeof b);
		printf(" %s", strncmp(b, home, strlen(home)) ? "out" : b + strlen(home));
		chdir(home);
	}
	told("chdir", p, "", n);
}

static void both(const char *p, const char *o)
{
	told("rename", p, o, rename(p, o));
	told("link", p, o, link(p, o));
	told("linkfollow", p, o, linkat(AT_FDCWD, p, AT_FDCWD, o, AT_SYMLINK_FOLLOW));
	told("exchange", p, o, syscall(SYS_renameat2, AT_FDCWD, p, AT_FDCWD, o, 2));
	told("noreplace", p, o, syscall(SYS_renameat2, AT_FDCWD, p, AT_FDCWD, o, 1));
}

int main(int argc, char **argv)
{
	verbose = argc > 1;
	make();
	getcwd(home, sizeof home);
	tree(".", 0);
	strcpy(before, text);
	puts(before);
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		printf("%s:", paths[i]), one(paths[i]), puts("");
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i += 2)
		for (size_t j = 0; j < sizeof others / sizeof *others; j++)
			printf("%s %s:", paths[i], others[j]), both(paths[i], others[j]), puts("");
	restart();
	chdir("..");
	empty("t");
	rmdir("t");
	return 0;
}
