/* <regex.h>, <fnmatch.h>: what matches, and where. */
#include <fnmatch.h>
#include <locale.h>
#include <regex.h>
#include <string.h>
#include "check.h"

static void match(const char *pattern, const char *text, int flags)
{
	regex_t re;
	regmatch_t m[10];
	int error = regcomp(&re, pattern, flags);

	printf("%s on '%s':", pattern, text);
	if (error) {
		printf(" error %d\n", error);
		return;
	}
	error = regexec(&re, text, 10, m, 0);
	if (error) printf(" no");
	for (int i = 0; !error && i <= re.re_nsub; i++) printf(" %d-%d", (int)m[i].rm_so, (int)m[i].rm_eo);
	puts("");
	regfree(&re);
}

static void name(const char *pattern, const char *text, int flags)
{
	printf("%s on '%s' flags %x: %d\n", pattern, text, flags, fnmatch(pattern, text, flags));
}

int main(void)
{
	regex_t re;
	regmatch_t m[1];
	char text[64];

	match("a*(b|cd)+e", "xaabcdbe!", REG_EXTENDED);
	match("^(foo|foobar)$", "foobar", REG_EXTENDED);
	match("[[:alpha:]_][[:alnum:]_]*", "  x_1 = 2", REG_EXTENDED);
	match("[^]a-c-]+", "abc-]def", REG_EXTENDED);
	match("x{2,3}", "xxxx", REG_EXTENDED);
	match("x{2}y{0}z{1,}", "xxzz", REG_EXTENDED);
	match("\\(a\\)\\(b\\)\\1", "aba", 0);
	match("a\\{2\\}", "baac", 0);
	match("a+", "a+", 0);
	match("HELLO", "say hello", REG_ICASE);
	match(".", "\n", REG_NEWLINE);
	match("^b$", "a\nb\nc", REG_NEWLINE | REG_EXTENDED);
	match("(a|ab)(c|bcd)(d*)", "abcd", REG_EXTENDED);
	match("\\.\\*\\[", "x.*[", REG_EXTENDED);
	match("(unclosed", "", REG_EXTENDED);
	match("[unclosed", "", REG_EXTENDED);
	match("a{3,2}", "", REG_EXTENDED);
	match("[[:nosuch:]]", "", REG_EXTENDED);
	match("\\(", "", 0);
	match("[b-a]", "", REG_EXTENDED);
	match("trailing\\", "", REG_EXTENDED);
	T(regcomp(&re, "^a", REG_EXTENDED) == 0 && regexec(&re, "a", 1, m, REG_NOTBOL) == REG_NOMATCH);
	T(regerror(REG_NOMATCH, &re, text, sizeof text) > 1 && *text);
	regfree(&re);
	T(regcomp(&re, "b", REG_NOSUB) == 0 && regexec(&re, "abc", 0, NULL, 0) == 0);
	regfree(&re);
	setlocale(LC_ALL, "C.UTF-8");
	match("^.$", "\xe2\x82\xac", REG_EXTENDED);
	match("[\xc3\xa9\xc3\xa8]+", "x\xc3\xa9\xc3\xa8y", REG_EXTENDED);

	name("*.c", "file.c", 0);
	name("*.c", ".c", FNM_PERIOD);
	name("*", "a/b", FNM_PATHNAME);
	name("*/b", "a/b", FNM_PATHNAME);
	name("[!a-c]x", "dx", 0);
	name("[[:digit:]]?", "7z", 0);
	name("\\*", "*", 0);
	name("\\*", "\\*", FNM_NOESCAPE);
	name("ABC", "abc", FNM_CASEFOLD);
	name("a", "a/b", FNM_LEADING_DIR);
	name("[", "[", 0);
	name("a*b*c*d", "aXbXbXcXXd", 0);
	name("", "", 0);
	return 0;
}
