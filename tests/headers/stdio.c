/* <stdio.h>: buffers, positions, pipes, memory, and every conversion. */
#include <errno.h>
#include <fcntl.h>
#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>
#include "check.h"

static char path[] = "/tmp/stdioXXXXXX";

static void modes(void)
{
	char b[32] = "";
	struct stat st;
	FILE *f = fopen(path, "w");

	T(f && fputs("first\n", f) >= 0 && ftell(f) == 6 && fclose(f) == 0);
	f = fopen(path, "a+");
	T(fputs("second\n", f) >= 0 && fseek(f, 0, SEEK_SET) == 0);
	T(fgets(b, 32, f) == b && !strcmp(b, "first\n") && fputs("third\n", f) >= 0);
	fclose(f);
	T(stat(path, &st) == 0 && st.st_size == 19);
	f = fopen(path, "r+");
	T(fread(b, 1, 5, f) == 5 && fseek(f, 0, SEEK_CUR) == 0 && fputc('!', f) == '!');
	T(fseeko(f, -6, SEEK_END) == 0 && fgets(b, 32, f) && !strcmp(b, "third\n"));
	T(fgetc(f) == EOF && feof(f) && !ferror(f));
	clearerr(f);
	fpos_t pos;
	T(!feof(f) && fseek(f, 3, SEEK_SET) == 0 && fgetpos(f, &pos) == 0 && fgetc(f) == 's');
	T(fsetpos(f, &pos) == 0 && fgetc(f) == 's');
	T(fseek(f, -1, SEEK_SET) == -1 && errno == EINVAL);
	f = freopen(path, "r", f);
	T(f && fputc('x', f) == EOF && ferror(f));
	fclose(f);
	T(!fopen(path, "wx") && errno == EEXIST);
	T(!fopen(path, "q") && errno == EINVAL);
	T(!fopen("/tmp/no/such", "w") && errno == ENOENT);
	f = fopen(path, "re");
	T(fcntl(fileno(f), F_GETFD) == FD_CLOEXEC);
	fclose(f);
}

static void buffers(void)
{
	static char own[BUFSIZ];
	char big[64], b[8];
	int ends[2];
	FILE *f, *in;

	if (pipe(ends)) exit(1);
	f = fdopen(ends[1], "w");
	in = fdopen(ends[0], "r");
	T(fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0);
	T(setvbuf(f, own, _IOLBF, sizeof own) == 0 && fputs("no line yet", f) >= 0);
	T(read(ends[0], b, 8) == -1 && errno == EAGAIN);
	T(fputc('\n', f) == '\n' && read(ends[0], b, 8) == 8 && !memcmp(b, "no line ", 8));
	T(fputs("more", f) >= 0 && fflush(f) == 0 && fgets(big, 64, in) && !strcmp(big, "yet\n"));
	T(fclose(f) == 0 && fgets(big, 64, in) && !strcmp(big, "more") && fgetc(in) == EOF && feof(in));
	fclose(in);
	T(ungetc('z', stdin) == 'z' && getchar() == 'z');
	f = tmpfile();
	setbuf(f, NULL);
	T(f && fwrite("abcdef", 2, 3, f) == 3 && fflush(f) == 0);
	rewind(f);
	T(ungetc('1', f) == '1' && fread(b, 1, 3, f) == 3 && !memcmp(b, "1ab", 3) && ftell(f) == 2);
	flockfile(f);
	T(putc_unlocked('x', f) == 'x' && ftrylockfile(f) == 0);
	funlockfile(f), funlockfile(f);
	fclose(f);
}

static void lines(void)
{
	char *line = NULL;
	size_t size = 0;
	FILE *f = fmemopen("one\ntwo\0x\nlast", 14, "r");

	T(getline(&line, &size, f) == 4 && !strcmp(line, "one\n"));
	T(getline(&line, &size, f) == 6 && !memcmp(line, "two\0x\n", 7));
	T(getdelim(&line, &size, 's', f) == 3 && !strcmp(line, "las"));
	T(getline(&line, &size, f) == 1 && getline(&line, &size, f) == -1 && feof(f));
	fclose(f);
	char buffer[8] = "abc";
	f = fmemopen(buffer, sizeof buffer, "a");
	T(fputs("de", f) >= 0 && fclose(f) == 0 && !strcmp(buffer, "abcde"));
	f = open_memstream(&line, &size);
	T(fputs("hello", f) >= 0 && fflush(f) == 0 && size == 5 && !strcmp(line, "hello"));
	T(fseek(f, 10, SEEK_SET) == 0 && fputc('!', f) == '!' && fclose(f) == 0);
	T(size == 11 && !memcmp(line, "hello\0\0\0\0\0!", 12));
	free(line);
}

struct cookie { char text[16]; int used, closed; };

static ssize_t cookie_write(void *c, const char *buf, size_t n)
{
	struct cookie *cookie = c;
	memcpy(cookie->text + cookie->used, buf, n);
	cookie->used += n;
	return n;
}

static int cookie_close(void *c)
{
	((struct cookie *)c)->closed = 1;
	return 0;
}

static void others(void)
{
	char *text, name[L_tmpnam];
	struct cookie cookie = {0};
	FILE *f = fopencookie(&cookie, "w", (cookie_io_functions_t){ .write = cookie_write, .close = cookie_close });

	T(fprintf(f, "%d", 12345) == 5 && fclose(f) == 0 && cookie.closed && !strcmp(cookie.text, "12345"));
	T(asprintf(&text, "%s-%d", "x", 7) == 3 && !strcmp(text, "x-7"));
	free(text);
	T(dprintf(1, "%s", "") == 0 && fileno(stdout) == 1);
	T(tmpnam(name) == name && access(name, F_OK) == -1);
	T(rename(path, "/tmp/renamed") == 0 && remove("/tmp/renamed") == 0 && remove(path) == -1);
	T(rename(path, path) == -1 && errno == ENOENT);
	errno = EDOM;
	f = freopen("/tmp/stderr", "w", stderr);
	perror("prefix");
	T(fclose(f) == 0 && (f = fopen("/tmp/stderr", "r")) && fgets(name, sizeof name, f));
	T(!strncmp(name, "prefix: ", 8));
	fclose(f);
	remove("/tmp/stderr");
}

static void print(void)
{
	int n = 0;
	long double l = 2.5L;

	printf("|%d|%5d|%-5d|%05d|%+d|% d|%.3d|%8.3d|%-8.3d|%.0d|\n", 1, 2, 3, 4, 5, 6, 7, 8, 9, 0);
	printf("|%i|%u|%o|%#o|%x|%#x|%X|%#X|%c|%5c|%-5c|\n", -1, 3000000000u, 8, 8, 255, 255, 255, 255, 'a', 'b', 'c');
	printf("|%hhd|%hhu|%hd|%hu|%ld|%lld|%jd|%zd|%td|\n", 257, 511, 65537, 131071, 1L, 1LL << 40, (intmax_t)-1, (ssize_t)-2, (ptrdiff_t)3);
	printf("|%s|%.2s|%10s|%-10s|%*.*s|%-*s|\n", "text", "text", "text", "text", 6, 2, "text", 6, "t");
	printf("|%f|%.0f|%#.0f|%10.3f|%-10.1f|%+.2f|%010.2f|% f|\n", 1.5, 2.5, 3.0, 3.14159, 2.0, 1.0, -3.14159, 1.0);
	printf("|%e|%.0e|%#.0e|%E|%.10e|%12.3e|\n", 12345.678, 5.0, 5.0, 1e-10, 1.0 / 3, 1e100);
	printf("|%g|%g|%g|%g|%#g|%.3g|%G|%g|\n", 1e5, 1e6, 1e-4, 1e-5, 1.0, 1234.0, 1e-20, 0.0);
	printf("|%a|%.2a|%A|%a|%a|%.0a|\n", 1.0, 1.999, 0.5, -0.0, 0x1p-1000, 1.5);
	printf("|%f|%F|%e|%5g|%-5g|%05g|%+g|\n", INFINITY, -INFINITY, NAN, INFINITY, INFINITY, INFINITY, INFINITY);
	printf("|%Lf|%.3Le|%Lg|%.40f|\n", l, l * 1e20L, l / 4, 0.1);
	printf("|%.15g|%.17g|%.20g|%g|%.3f|\n", 0.1, 0.1, 0.1, DBL_MAX, DBL_MIN);
	printf("|%1$s %2$s %1$s|%3$*4$d|\n", "a", "b", 5, 4);
	printf("|%%|%5s|%n", "x", &n);
	printf("%d|%lc|%ls|%.3ls|\n", n, L'w', L"wide", L"wide");
	errno = ENOENT;
	printf("%m\n");
	T(snprintf(NULL, 0, "%s", "12345") == 5 && snprintf((char[3]){0}, 3, "%d", 12345) == 5);
	T(printf("%.500f\n", DBL_TRUE_MIN) == 503);
	T(snprintf(NULL, 0, "%.*f", 5000, 1e300) == 5302);
}

static void scan(void)
{
	int a = 0, b = 0, n = 0;
	unsigned u = 0;
	long long ll = 0;
	double d = 0;
	float f = 0;
	char c[4] = "", s[16] = "", t[16] = "", *m = NULL;

	T(sscanf("12 -7", "%d%d", &a, &b) == 2 && a == 12 && b == -7);
	T(sscanf("0x1F 017 99", "%i %i %i", &a, &b, &n) == 3 && a == 31 && b == 15 && n == 99);
	T(sscanf("123456", "%2d%3d%n", &a, &b, &n) == 2 && a == 12 && b == 345 && n == 5);
	T(sscanf("ff 377", "%x %o", &u, (unsigned *)&a) == 2 && u == 255 && a == 255);
	T(sscanf("1.5e2 0x1p4", "%lf %f", &d, &f) == 2 && d == 150 && f == 16);
	T(sscanf("nan inf", "%lf %f", &d, &f) == 2 && isnan(d) && isinf(f));
	T(sscanf("abc", "%3c", c) == 1 && !memcmp(c, "abc", 3));
	T(sscanf("word rest", "%s", s) == 1 && !strcmp(s, "word"));
	T(sscanf("abc123-]x", "%[a-c]%[]0-9-]", s, t) == 2 && !strcmp(s, "abc") && !strcmp(t, "123-]"));
	T(sscanf("key=value;", "%[^=]=%[^;]", s, t) == 2 && !strcmp(t, "value"));
	T(sscanf("allocated text", "%ms", &m) == 1 && !strcmp(m, "allocated"));
	free(m);
	T(sscanf("5 skip 6", "%d %*s %d", &a, &b) == 2 && b == 6);
	T(sscanf("x", "%d", &a) == 0 && sscanf("", "%d", &a) == EOF && sscanf("  ", " ") == 0);
	T(sscanf("9223372036854775807 100%", "%lld %d%%", &ll, &a) == 2 && ll == LLONG_MAX && a == 100);
	signed char hh = 0;
	short h = 0;
	T(sscanf("12 345", "%hhd %hd", &hh, &h) == 2 && hh == 12 && h == 345);
	T(sscanf("b a", "%2$s %1$s", s, t) == 2 && !strcmp(s, "a"));
	T(sscanf("1:02:3", "%d:%d:%d", &a, &b, &n) == 3 && b == 2);
	T(sscanf("12abc", "%d%s", &a, s) == 2);
	FILE *in = fmemopen("7 eight", 7, "r");
	T(fscanf(in, "%d", &a) == 1 && fscanf(in, "%d", &a) == 0 && fscanf(in, "%15s", s) == 1);
	fclose(in);
}

int main(void)
{
	int fd = mkstemp(path);

	T(fd > 2 && close(fd) == 0);
	modes();
	buffers();
	lines();
	others();
	print();
	scan();
	return 0;
}
