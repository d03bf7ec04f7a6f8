/* Sorting and searching, and characters. */
#define _GNU_SOURCE
#include <ctype.h>
#include <search.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>
#include "bench.h"

#define COUNT 1000

struct record { char name[24]; int key; double value; };

static int numbers[COUNT], shuffled[COUNT], ordered[COUNT];
static struct record records[COUNT], unsorted[COUNT];
static const char *words[COUNT], *spoken[COUNT];
static volatile long whole;

static int by_number(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;
	return (x > y) - (x < y);
}

static int by_key(const void *a, const void *b)
{
	return ((const struct record *)a)->key - ((const struct record *)b)->key;
}

static int by_word(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void fill(void)
{
	for (int i = 0; i < COUNT; i++) {
		ordered[i] = i * 3;
		shuffled[i] = next();
		unsorted[i].key = next();
		snprintf(unsorted[i].name, sizeof unsorted[i].name, "record %u", next());
		spoken[i] = unsorted[i].name;
	}
}

static void sorted(const void *from, void *to, size_t size, int (*order)(const void *, const void *))
{
	memcpy(to, from, size * COUNT);
	qsort(to, COUNT, size, order);
}

#define CASE(name, ...) static void name(long n, long unused) \
	{ for (long i = 0; i < n; i++) { __VA_ARGS__; } }

CASE(qsort_random, sorted(shuffled, numbers, sizeof(int), by_number))
CASE(qsort_sorted, sorted(ordered, numbers, sizeof(int), by_number))
CASE(qsort_records, sorted(unsorted, records, sizeof(struct record), by_key))
CASE(qsort_strings, sorted(spoken, words, sizeof(char *), by_word))
CASE(bsearch_int, int key = i * 7 % 3000; whole = !!bsearch(&key, ordered, COUNT, sizeof(int), by_number))
CASE(lfind_int, size_t count = COUNT; int key = -1; whole = !!lfind(&key, ordered, &count, sizeof(int), by_number))
CASE(ctype_class, whole = isalpha(i & 127) + isdigit(i & 127) + isspace(i & 127))
CASE(ctype_case, whole = toupper(i & 127) + tolower(i & 127))
CASE(wctype_class, whole = iswalpha(0x3b1 + i % 500) + iswspace(0x3b1 + i % 500))
CASE(wctype_case, whole = towupper(0x3b1 + i % 25))
CASE(random_rand, whole = rand())
CASE(random_random, whole = random())

static void tree(long n, long unused)
{
	for (long i = 0; i < n; i++) {
		void *root = NULL;
		for (int j = 0; j < 200; j++) tsearch(&shuffled[j], &root, by_number);
		for (int j = 0; j < 200; j++) tdelete(&shuffled[j], &root, by_number);
	}
}

static void decode(long n, long unused)
{
	wchar_t wide[64];
	for (long i = 0; i < n; i++) whole = mbstowcs(wide, "plain text of some length", 64);
}

static void encode(long n, long unused)
{
	char narrow[64];
	for (long i = 0; i < n; i++) whole = wcstombs(narrow, L"plain text of some length", 64);
}

static void wide(long n, long unused)
{
	static wchar_t a[256], b[256];
	for (int i = 0; i < 255; i++) a[i] = 'a' + i % 20;
	for (long i = 0; i < n; i++) {
		wcscpy(b, a);
		whole = wcslen(b) + wcscmp(a, b);
	}
}

static void cases(void)
{
	fill();
	MEASURE(qsort_random);
	MEASURE(qsort_sorted);
	MEASURE(qsort_records);
	MEASURE(qsort_strings);
	MEASURE(bsearch_int);
	MEASURE(lfind_int);
	measure("tsearch", tree, 0);
	MEASURE(ctype_class);
	MEASURE(ctype_case);
	MEASURE(wctype_class);
	MEASURE(wctype_case);
	measure("mbstowcs", decode, 0);
	measure("wcstombs", encode, 0);
	measure("wcs", wide, 0);
	MEASURE(random_rand);
	MEASURE(random_random);
}
