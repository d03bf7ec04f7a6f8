/* memcmp, strcmp, strncmp, memrchr and strrchr (arch/wasm32/src/string) against what their
 * definitions say, at all alignments, and where memory ends. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int wrong;

static void expect(int good, const char *what, const void *a, const void *b, size_t n)
{
	if (!good && wrong++ < 10) printf("%s(%p, %p, %zu)\n", what, a, b, n);
}

static int sign(int x)
{
	return (x > 0) - (x < 0);
}

static int compare(const unsigned char *a, const unsigned char *b, size_t n, int string)
{
	for (; n; n--, a++, b++) if (*a != *b || (string && !*a)) return sign(*a - *b);
	return 0;
}

static const void *last(const char *s, char c, size_t n)
{
	while (n--) if (s[n] == c) return s + n;
	return NULL;
}

static void test(char *a, char *b, size_t n)
{
	static const char sought[] = { 'a', 0, (char)0x80, (char)0xff };

	expect(sign(memcmp(a, b, n)) == compare((void *)a, (void *)b, n, 0), "memcmp", a, b, n);
	expect(sign(strncmp(a, b, n)) == compare((void *)a, (void *)b, n, 1), "strncmp", a, b, n);
	for (int i = 0; i < 4; i++) expect(memrchr(a, sought[i], n) == last(a, sought[i], n), "memrchr", a, b, n);
	if (!memchr(a, 0, n) || !memchr(b, 0, n)) return;
	expect(sign(strcmp(a, b)) == compare((void *)a, (void *)b, -1, 1), "strcmp", a, b, n);
	for (int i = 0; i < 4; i++)
		expect(strrchr(a, sought[i]) == last(a, sought[i], strlen(a) + 1), "strrchr", a, b, n);
}

/* Bytes that are nearly alike, of few values, some with the highest bit, some 0. */
static void fill(char *a, char *b, size_t n)
{
	static const unsigned char values[] = { 0, 1, 'a', 'b', 0x7f, 0x80, 0x81, 0xff };
	int rare = 1 + rand() % 40;

	for (size_t i = 0; i < n; i++) a[i] = b[i] = rand() % rare ? 'a' + rand() % 2 : values[rand() % 8];
	if (n && rand() % 2) b[rand() % n] = values[rand() % 8];
	if (n && rand() % 2) a[n - 1] = b[n - 1] = 0;
}

int main(void)
{
	static char a[200], b[200];
	char *end = (char *)((__builtin_wasm_memory_grow(0, 1) + 1) * 65536UL);

	for (int round = 0; round < 100000; round++) {
		size_t n = rand() % 100, i = rand() % 16, j = rand() % 16;
		fill(a + i, b + j, n);
		test(a + i, b + j, n);
		memcpy(end - n, a + i, n);
		test(end - n, b + j, n);
		test(b + j, end - n, n);
	}
	puts(wrong ? "wrong" : "as it should be");
	return wrong;
}
