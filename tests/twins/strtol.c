/* strtol and its like (arch/wasm32/src/stdlib) against those for wide characters, which are musl's. */
#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

static int wrong;

#define SAME(narrow, wide, s, w, base) do { \
	char *end = NULL; wchar_t *wide_end = NULL; \
	errno = 0; \
	unsigned long long is = narrow(s, &end, base); \
	int error = errno; \
	errno = 0; \
	unsigned long long should = wide(w, &wide_end, base); \
	if ((is != should || error != errno || end - s != wide_end - w) && wrong++ < 10) \
		printf("%s(\"%s\", %d) = %llx, not %llx; errno %d, not %d; %td, not %td bytes\n", #narrow, \
			s, base, is, should, error, errno, end - s, wide_end - w); \
	errno = 0; \
	if ((narrow(s, NULL, base) != is || errno != error) && wrong++ < 10) \
		printf("%s(\"%s\", NULL, %d)\n", #narrow, s, base); \
} while (0)

static void test(const char *s, int base)
{
	wchar_t w[100];

	for (int i = 0; i <= strlen(s); i++) w[i] = (unsigned char)s[i];
	SAME(strtol, wcstol, s, w, base);
	SAME(strtoul, wcstoul, s, w, base);
	SAME(strtoll, wcstoll, s, w, base);
	SAME(strtoull, wcstoull, s, w, base);
	SAME(strtoimax, wcstoimax, s, w, base);
	SAME(strtoumax, wcstoumax, s, w, base);
}

/* Mostly digits, after what may stand before them. */
static void test_random(void)
{
	static const char *const before[] = { "", "-", "+", " ", "\t\n\v\f\r -", "0", "0x", "-0X", "00", "+-", "- " };
	static const char digits[] = "0123456789abcdefzABCFZ xX/:@[`{-\1\x7f";
	char s[100];
	int least = rand() % 4 ? 10 : 34;
	int length = rand() % (rand() % 4 ? 12 : 70);

	strcpy(s, before[rand() % (sizeof before / sizeof *before)]);
	for (int n = strlen(s); length; length--) {
		s[n++] = digits[rand() % (rand() % 10 ? least : sizeof digits - 1)];
		s[n] = 0;
	}
	test(s, rand() % 4 ? rand() % 2 * 10 + rand() % 2 * 6 : rand() % 39 - 1);
}

/* The numbers around one that just fits, in all bases. */
static void test_limit(unsigned long long limit)
{
	for (int base = 2; base <= 36; base++) {
		for (int i = -3; i <= 3; i++) {
			char s[80] = "-", *p = s + sizeof s - 1;
			unsigned long long rest = limit + i;
			do *--p = "0123456789abcdefghijklmnopqrstuvwxyz"[rest % base]; while (rest /= base);
			test(p, base);
			*--p = '-';
			test(p, base);
			p[0] = '1';
			test(p, base);
		}
	}
}

int main(void)
{
	test_limit(0);
	test_limit(INT32_MAX);
	test_limit(UINT32_MAX);
	test_limit(INT64_MAX);
	test_limit(UINT64_MAX);
	for (int i = 0; i < 200000; i++) test_random();
	puts(wrong ? "wrong" : "as it should be");
	return wrong;
}
