/* <stdlib.h>, <inttypes.h>: numbers, sorting, environment, temporary names. */
#include <errno.h>
#include <float.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "check.h"

extern char **environ;

static void to_double(const char *s)
{
	char *end;

	errno = 0;
	double d = strtod(s, &end);
	if (end == s || (d && fabs(d) < DBL_MIN)) errno = 0; /* may be set, or not */
	printf("strtod %s: %.17g rest '%s' errno %d\n", s, d, end, errno);
}

static void to_long(const char *s, int base)
{
	char *end;

	errno = 0;
	long long n = strtoll(s, &end, base);
	int e1 = end == s ? 0 : errno;
	errno = 0;
	unsigned long long u = strtoull(s, 0, base);
	printf("strtoll %s base %d: %lld %d, %llu %d, rest '%s'\n", s, base, n, e1, u, end == s ? 0 : errno,
		end);
}

static void numbers(void)
{
	static const char *const doubles[] = { "0", "-0", "1", "1e", "1e+", ".5", "5.", ".", "1e308", "1e309",
		"-1e309", "1e-320", "1e-400", "4.9e-324", "2.4703282292062327e-324", "2.4703282292062328e-324",
		"1.7976931348623157e308", "1.7976931348623158e308", "1.7976931348623159e308",
		"9007199254740993", "9007199254740992.99999999999999999999", "0x", "0x1.8", "0X1P3", "0x.1p-2",
		"0x1.fffffffffffff8p0", "0x1p-1075", "inf", "INFINITY", "infi", "nan", "nan(1)", "nan(", "+7", "- 7",
		"  12.5x", "123456789012345678901234567890", "0.1e-1000000000000", "1e1000000000000",
		"2.2250738585072011e-308", "6.631236871469758276785396630275967e-4" };
	static const struct { const char *s; int base; } longs[] = { {"12", 10}, {"-12", 10}, {"+0x1f", 0},
		{"0x", 16}, {"0x", 0}, {"08", 0}, {"z", 36}, {"9223372036854775807", 10}, {"9223372036854775808", 10},
		{"-9223372036854775808", 10}, {"-9223372036854775809", 10}, {"18446744073709551615", 10},
		{"18446744073709551616", 10}, {"", 10}, {" \t-5 ", 10}, {"1010", 2}, {"0b11", 10}, {"-1", 10} };

	for (int i = 0; i < sizeof doubles / sizeof *doubles; i++) to_double(doubles[i]);
	for (int i = 0; i < sizeof longs / sizeof *longs; i++) to_long(longs[i].s, longs[i].base);
	errno = 0;
	T(strtof("1e39", 0) == HUGE_VALF && errno == ERANGE && strtof("16777217", 0) == 16777216);
	T(strtold("1.5", 0) == 1.5L && strtold("0x1p16000", 0) == ldexpl(1, 16000));
	T(atoi("12x") == 12 && atol("-3") == -3 && atoll("99") == 99 && atof("2.5") == 2.5);
	errno = 0;
	T(strtoimax("-7", 0, 10) == -7 && strtoumax("7", 0, 10) == 7 && strtol("1", 0, 99) == 0 && errno == EINVAL);
	T(abs(-5) == 5 && labs(-5L) == 5 && llabs(-5LL) == 5 && imaxabs(-5) == 5);
	T(div(7, -2).quot == -3 && div(7, -2).rem == 1 && lldiv(-7, 2).rem == -1 && imaxdiv(9, 4).quot == 2);
	T(!strcmp(gcvt(3.25, 6, (char[16]){0}), "3.25"));
	int at, sign;
	T(!strcmp(ecvt(-3.14159, 4, &at, &sign), "3142") && at == 1 && sign);
	T(!strcmp(fcvt(31.4159, 2, &at, &sign), "3142") && at == 2 && !sign);
	printf("%" PRId8 " %" PRIu16 " %" PRIx32 " %" PRIo64 " %" PRIdMAX " %" PRIuPTR "\n", (int8_t)-1,
		(uint16_t)65535, (uint32_t)0xabc, (uint64_t)8, (intmax_t)-9, (uintptr_t)1);
	T(a64l("./") == 64 && !strcmp(l64a(64), "./"));
}

static int ascending(const void *a, const void *b)
{
	return (*(int *)a > *(int *)b) - (*(int *)a < *(int *)b);
}

static int counted(const void *a, const void *b, void *calls)
{
	++*(int *)calls;
	return ascending(b, a);
}

static void sorting(void)
{
	static int a[1000];
	unsigned x = 1;
	int wrong = 0, calls = 0, key = 500;

	for (int n = 0; n <= 1000; n += n < 20 ? 1 : 140) {
		for (int i = 0; i < n; i++) a[i] = (x = x * 1103515245 + 12345) >> 16 & 511;
		qsort(a, n, sizeof *a, ascending);
		for (int i = 1; i < n; i++) wrong += a[i - 1] > a[i];
		qsort_r(a, n, sizeof *a, counted, &calls);
		for (int i = 1; i < n; i++) wrong += a[i - 1] < a[i];
	}
	printf("sorted wrong: %d\n", wrong);
	T(calls > 0);
	for (int i = 0; i < 1000; i++) a[i] = i * 2;
	T(*(int *)bsearch(&key, a, 1000, sizeof *a, ascending) == 500);
	key = 501;
	T(!bsearch(&key, a, 1000, sizeof *a, ascending) && !bsearch(&key, a, 0, sizeof *a, ascending));
	char big[3][100] = { "c", "a", "b" };
	qsort(big, 3, 100, (int (*)(const void *, const void *))strcmp);
	T(big[0][0] == 'a' && big[2][0] == 'c');
}

static void environment(void)
{
	char own[] = "OWN=1";

	T(!getenv("NO_SUCH") && setenv("A", "1", 0) == 0 && !strcmp(getenv("A"), "1"));
	T(setenv("A", "2", 0) == 0 && !strcmp(getenv("A"), "1") && setenv("A", "2", 1) == 0);
	T(!strcmp(getenv("A"), "2") && unsetenv("A") == 0 && !getenv("A"));
	T(setenv("", "x", 1) == -1 && errno == EINVAL && setenv("a=b", "x", 1) == -1);
	T(putenv(own) == 0 && !strcmp(getenv("OWN"), "1"));
	own[4] = '2';
	T(!strcmp(getenv("OWN"), "2") && !strcmp(secure_getenv("OWN"), "2"));
	T(clearenv() == 0 && (!environ || !*environ) && !getenv("OWN"));
}

static void temporary(void)
{
	char file[] = "/tmp/aXXXXXX", suffixed[] = "/tmp/bXXXXXX.c", dir[] = "/tmp/dXXXXXX";
	char bad[] = "/tmp/XXXXX", real[PATH_MAX];
	struct stat st;
	int fd = mkstemp(file), fd2 = mkstemps(suffixed, 2);

	T(fd >= 0 && fd2 >= 0 && fstat(fd, &st) == 0 && (st.st_mode & 0777) == 0600);
	T(!strcmp(suffixed + strlen(suffixed) - 2, ".c") && mkdtemp(dir) == dir);
	T(stat(dir, &st) == 0 && S_ISDIR(st.st_mode) && (st.st_mode & 0777) == 0700);
	T(mkstemp(bad) == -1 && errno == EINVAL);
	T(chdir(dir) == 0 && realpath("..", real) == real && !strcmp(real, "/tmp"));
	T(!realpath("no/such", real) && errno == ENOENT);
	char *found = realpath("/tmp/../tmp/.//", NULL);
	T(!strcmp(found, "/tmp"));
	free(found);
	chdir("/");
	T(unlink(file) == 0 && unlink(suffixed) == 0 && rmdir(dir) == 0);
	close(fd), close(fd2);
}

int main(void)
{
	numbers();
	sorting();
	environment();
	temporary();
	srand(1);
	int first = rand();
	srand(1);
	T(rand() == first && first >= 0 && first <= RAND_MAX);
	srandom(7);
	long r = random();
	srandom(7);
	T(random() == r && r >= 0);
	unsigned short seed[3] = { 1, 2, 3 };
	printf("%.17g ", erand48(seed));
	printf("%ld ", nrand48(seed));
	printf("%ld\n", jrand48(seed));
	srand48(42);
	printf("%.17g ", drand48());
	printf("%ld ", lrand48());
	printf("%ld\n", mrand48());
	char *option = "ro,size=5,bad", *value, *const tokens[] = { "ro", "size", NULL };
	char copy[] = "ro,size=5,bad";
	option = copy;
	T(getsubopt(&option, tokens, &value) == 0 && !value);
	T(getsubopt(&option, tokens, &value) == 1 && !strcmp(value, "5"));
	T(getsubopt(&option, tokens, &value) == -1 && !*option);
	T(mblen(NULL, 0) == 0 && system(NULL) >= 0);
	return 0;
}
