/* Strings, characters, regular expressions, patterns, sorting and searching. */
#define _GNU_SOURCE
#include <ctype.h>
#include <fnmatch.h>
#include <iconv.h>
#include <locale.h>
#include <regex.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wctype.h>

static void strings(void)
{
	char buffer[64] = "one,two;;three", *save, *token;
	printf("strtok_r:");
	for (token = strtok_r(buffer, ",;", &save); token; token = strtok_r(NULL, ",;", &save))
		printf(" [%s]", token);
	printf("\nstrstr: %s %s\n", strstr("a needle in hay", "needle"), strrchr("a/b/c", '/'));
	printf("span: %zu %zu %s\n", strspn("112233x", "123"), strcspn("abc;d", ";"), strpbrk("key=1", "=:"));
	printf("compare: %d %d %d\n", strcmp("a", "b") < 0, strncasecmp("HELLO", "help", 3),
		strverscmp("lib9", "lib10") < 0);
	char *copy = strndup("duplicate", 5);
	printf("strndup: %s %d\n", copy, memchr(copy, 'z', 5) == NULL);
	free(copy);
	memset(buffer, 0, sizeof buffer);
	memccpy(buffer, "until.here", '.', sizeof buffer);
	printf("memccpy: %s %s\n", buffer, (char *)memmem("haystack", 8, "st", 2));
}

static void characters(void)
{
	int counts[4] = {0};
	for (int c = 0; c < 128; c++) {
		counts[0] += !!isalpha(c);
		counts[1] += !!isdigit(c);
		counts[2] += !!ispunct(c);
		counts[3] += !!isspace(c);
	}
	printf("ctype: %d %d %d %d %c\n", counts[0], counts[1], counts[2], counts[3], toupper('q'));
	printf("wctype: %d %lc %d\n", !!iswalpha(0x3b1), towupper(0x3b1), !!iswupper(0x416));
}

static void expressions(void)
{
	regex_t re;
	regmatch_t m[3];
	const char *text = "born 1969-07-20, landed";
	if (regcomp(&re, "([0-9]{4})-([0-9]+)", REG_EXTENDED)) exit(2);
	int status = regexec(&re, text, 3, m, 0);
	printf("regexec: %d %d..%d year %.*s month %.*s\n", status, (int)m[0].rm_so, (int)m[0].rm_eo,
		(int)(m[1].rm_eo - m[1].rm_so), text + m[1].rm_so,
		(int)(m[2].rm_eo - m[2].rm_so), text + m[2].rm_so);
	printf("no match: %d\n", regexec(&re, "none", 0, NULL, 0) == REG_NOMATCH);
	regfree(&re);
	printf("malformed: %d\n", regcomp(&re, "a(b", REG_EXTENDED) == REG_EPAREN);
	printf("fnmatch: %d %d\n", fnmatch("*.[ch]", "musl.c", 0), !!fnmatch("*.c", "a/b.c", FNM_PATHNAME));
}

static int by_length(const void *a, const void *b)
{
	size_t x = strlen(*(char *const *)a), y = strlen(*(char *const *)b);
	return (x > y) - (x < y);
}

static void print_node(const void *node, VISIT visit, int depth)
{
	(void)depth;
	if (visit == postorder || visit == leaf) printf(" %s", *(char *const *)node);
}

static void searching(void)
{
	char *words[] = {"fourth", "a", "ccc", "bb"};
	void *root = NULL;
	qsort(words, 4, sizeof *words, by_length);
	char *key = "xxx", **found = bsearch(&key, words, 4, sizeof *words, by_length);
	printf("bsearch: %s; tsearch:", found ? *found : "none");
	for (int i = 3; i >= 0; i--) tsearch(words[i], &root, (int (*)(const void *, const void *))strcmp);
	twalk(root, print_node);
	printf("\n");
}

static void conversion(void)
{
	char latin[] = "caf\xe9", utf8[16] = "", *in = latin, *out = utf8;
	size_t left = 4, room = sizeof utf8;
	iconv_t cd = iconv_open("UTF-8", "ISO-8859-1");
	if (cd == (iconv_t)-1) exit(3);
	size_t status = iconv(cd, &in, &left, &out, &room);
	printf("iconv: %zu %s %zu\n", status, utf8, room);
	iconv_close(cd);
}

int main(void)
{
	if (!setlocale(LC_ALL, "C.UTF-8")) return 4;
	strings();
	characters();
	expressions();
	searching();
	conversion();
	return 0;
}
