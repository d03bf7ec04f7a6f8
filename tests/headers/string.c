/* <string.h> and <strings.h>: each function, over many sizes and alignments. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include "check.h"

static unsigned char a[512], b[512], wanted[512];

static void fill(unsigned char *p, int seed)
{
	for (int i = 0; i < 512; i++) p[i] = i * 7 + seed;
}

/* Copies and fills of every size, from and to every alignment, against loops. */
static int blocks(void)
{
	int wrong = 0;

	for (int n = 0; n <= 130; n++) for (int d = 0; d < 9; d++) for (int s = 0; s < 9; s++) {
		fill(a, 1), fill(b, 2), fill(wanted, 2);
		for (int i = 0; i < n; i++) wanted[32 + d + i] = a[32 + s + i];
		wrong += memcpy(b + 32 + d, a + 32 + s, n) != b + 32 + d || memcmp(b, wanted, 512);
		fill(b, 3), fill(wanted, 3);
		unsigned char copy[140];
		for (int i = 0; i < n; i++) copy[i] = b[32 + s + i];
		for (int i = 0; i < n; i++) wanted[32 + d + i] = copy[i];
		wrong += memmove(b + 32 + d, b + 32 + s, n) != b + 32 + d || memcmp(b, wanted, 512);
		for (int i = 0; i < n; i++) wanted[32 + d + i] = 0xa5;
		wrong += memset(b + 32 + d, 0x1a5, n) != b + 32 + d || memcmp(b, wanted, 512);
	}
	return wrong;
}

/* Searches that must stop in time: what is looked for stands at n, and behind it. */
static int searches(void)
{
	int wrong = 0;

	for (int n = 0; n <= 70; n++) for (int at = 0; at < 9; at++) {
		char s[100];
		memset(s, 'x', sizeof s);
		s[at + n] = 0;
		s[at + n + 3] = 0;
		wrong += strlen(s + at) != (size_t)n || strnlen(s + at, n) != (size_t)n;
		wrong += memchr(s + at, 0, 80) != s + at + n || memchr(s + at, 0, n) != NULL;
		wrong += strchr(s + at, 0) != s + at + n || strchr(s + at, 'y') != NULL;
		wrong += memrchr(s + at, 0, n + 1) != s + at + n;
		s[at + n] = 'y';
		wrong += strchr(s + at, 'y') != s + at + n || strchrnul(s + at, 'y') != s + at + n;
		wrong += strrchr(s + at, 'y') != s + at + n || strcspn(s + at, "zy") != (size_t)n;
		wrong += strspn(s + at, "xq") != (size_t)n || strpbrk(s + at, "yz") != s + at + n;
		wrong += strstr(s + at, "yx") != s + at + n || memmem(s + at, n + 2, "yx", 2) != s + at + n;
	}
	return wrong;
}

static void copies(void)
{
	char s[16] = "", list[] = ",a,,b", *p = list, *state;

	T(!strcmp(strcat(strcpy(s, "ab"), "cd"), "abcd") && !strcmp(strncat(s, "efgh", 2), "abcdef"));
	memset(s, 'x', sizeof s);
	T(strncpy(s, "ab", 5) == s && !memcmp(s, "ab\0\0\0x", 6));
	T(stpcpy(s, "abc") == s + 3 && stpncpy(s, "ab", 4) == s + 2 && stpncpy(s, "abcdef", 4) == s + 4);
	T(memccpy(s, "find:it", ':', 16) == s + 5 && !memccpy(s, "find", ':', 4));
	T(mempcpy(s, "xyz", 4) == s + 4);
	T(!strcmp(strsep(&p, ","), "") && !strcmp(strsep(&p, ","), "a") && !strcmp(strsep(&p, ","), ""));
	T(!strcmp(strsep(&p, ","), "b") && !p && !strsep(&p, ","));
	char words[] = "  one two";
	T(!strcmp(strtok_r(words, " ", &state), "one") && !strcmp(strtok_r(0, " ", &state), "two"));
	T(!strtok_r(0, " ", &state));
	char *dup = strdup("copy"), *part = strndup("copy", 2);
	T(!strcmp(dup, "copy") && !strcmp(part, "co"));
	free(dup), free(part);
	swab("abcdef", s, 6);
	T(!memcmp(s, "badcfe", 6));
}

int main(void)
{
	printf("blocks wrong: %d\n", blocks());
	printf("searches wrong: %d\n", searches());
	copies();
	T(strcmp("a", "b") < 0 && strcmp("b", "a") > 0 && strcmp("\xff", "a") > 0 && !strcmp("", ""));
	T(strncmp("abx", "aby", 2) == 0 && strncmp("abx", "aby", 3) < 0 && !strncmp("", "x", 0));
	T(memcmp("\xff", "\x01", 1) > 0 && memcmp("a", "b", 0) == 0 && bcmp("ab", "ac", 2) != 0);
	T(!strcasecmp("HeLLo", "hEllO") && strcasecmp("a", "B") < 0 && !strncasecmp("ABx", "aby", 2));
	T(strcasestr("Some Text", "TEXT") != NULL && !strcasestr("abc", "d") && strstr("abc", "")[0] == 'a');
	T(strstr("ababababac", "ababac") != NULL && !strstr("aaaaaaaab", "aaaaaaaac"));
	T(index("abc", 'b')[0] == 'b' && rindex("abcb", 'b')[1] == 0);
	T(ffs(0) == 0 && ffs(8) == 4 && ffsl(0x40000000L) == 31 && ffsll(1LL << 40) == 41);
	T(strverscmp("item9", "item10") < 0 && strverscmp("1.01", "1.1") < 0);
	T(*strsignal(9) && !strcmp(strerror(ENOENT), "No such file or directory"));
	T(!strcmp(strerror(0), "No error information") || !strcmp(strerror(0), "Success"));
	explicit_bzero(a, 4);
	bzero(a + 4, 4);
	bcopy(a, b, 8);
	T(!memcmp(b, "\0\0\0\0\0\0\0", 8));
	return 0;
}
