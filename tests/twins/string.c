/* The string functions of arch/wasm32/src/string, or those of arch/wasm32/include/string.h, against
 * what their definitions say, at all alignments, and where memory starts and ends. */
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

static const void *first(const char *s, char c, size_t n)
{
	for (; n; n--, s++) if (*s == c) return s;
	return NULL;
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
	for (int i = 0; i < 4; i++) {
		expect(memchr(a, sought[i] - 256, n) == first(a, sought[i], n), "memchr", a, b, n);
		expect(memrchr(a, sought[i], n) == last(a, sought[i], n), "memrchr", a, b, n);
	}
}

/* a, b: both end within n bytes. */
static void test_ended(char *a, char *b, size_t n)
{
	static const char sought[] = { 'a', 0, (char)0x80, (char)0xff };
	const char *end = first(a, 0, n);
	size_t length = end - a;

	expect(strlen(a) == length, "strlen", a, b, n);
	expect(sign(strcmp(a, b)) == compare((void *)a, (void *)b, -1, 1), "strcmp", a, b, n);
	expect(sign(strncmp(a, b, -1)) == compare((void *)a, (void *)b, -1, 1), "strncmp", a, b, -1);
	expect(memchr(a, 0, -1) == end, "memchr", a, b, -1);
	for (int i = 0; i < 4; i++) {
		const char *c = first(a, sought[i], length + 1);
		expect(strchr(a, sought[i] + 256) == c, "strchr", a, b, n);
		expect(strchrnul(a, sought[i]) == (c ? c : end), "strchrnul", a, b, n);
		expect(strrchr(a, sought[i]) == last(a, sought[i], length + 1), "strrchr", a, b, n);
	}
}

/* s ends within n bytes; to: n bytes, and one to either side. */
static void test_copies(const char *s, char *to, size_t n)
{
	static char kept[300];
	size_t length = strlen(s);

	for (int end = 0; end < 2; end++) {
		memset(kept, '#', n + 2);
		memset(to - 1, '#', n + 2);
		memcpy(kept + 1, s, length + 1);
		if (end) expect(stpcpy(to, s) == to + length, "stpcpy", s, to, n);
		else expect(strcpy(to, s) == to, "strcpy", s, to, n);
		expect(!compare((void *)(to - 1), (void *)kept, n + 2, 0), "a copy", s, to, n);
	}
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

static void test_all(char *a, char *b, size_t n)
{
	test(a, b, n);
	if (first(a, 0, n) && first(b, 0, n)) test_ended(a, b, n);
}

int main(void)
{
	static char a[200], b[200], c[300];
	char *end = (char *)((__builtin_wasm_memory_grow(0, 1) + 1) * 65536UL);

	for (int round = 0; round < 100000; round++) {
		size_t n = rand() % 100, i = rand() % 16, j = rand() % 16;
		fill(a + i, b + j, n);
		test_all(a + i, b + j, n);
		memcpy(end - n, a + i, n);
		test_all(end - n, b + j, n);
		test_all(b + j, end - n, n);
		if (!first(end - n, 0, n)) continue;
		test_copies(a + i, c + 1 + j, n);
		test_copies(end - n, c + 1 + j, n);
	}
	for (size_t n = 1; n < 20; n++) {
		char *low = (char *)1;
		memset(low, 'b', n);
		test(low, b, n);
	}
	puts(wrong ? "wrong" : "as it should be");
	return wrong;
}
