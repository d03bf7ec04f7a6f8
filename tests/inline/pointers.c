/* A library's and, with MAIN, a program's: what both take for the address of a function. */
#define _GNU_SOURCE
#include <ctype.h>
#include <math.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef void function(void);

#define F(name) (function *)name,
#define ALL F(isalnum) F(isalpha) F(toupper) F(tolower) F(getc) F(fgetc) F(getchar) F(ungetc) F(putc) \
	F(putchar) F(getc_unlocked) F(putc_unlocked) F(fmax) F(fminf) F(lrint) F(llrintf) F(strlen) \
	F(strchr) F(memchr) F(memrchr) F(memcmp) F(strcmp) F(strncmp) \
	F(bsearch) F(lfind)
enum { COUNT = 25 };

function *theirs(int i);
size_t short_length(const char *s);

#ifdef MAIN
int main(void)
{
	static function *const ours[COUNT] = { ALL };
	int wrong = 0;

	for (int i = 0; i < COUNT; i++) if (theirs(i) != ours[i]) wrong++, printf("%d\n", i);
	if (short_length("four") + strlen("four") != 8) wrong++;
	puts(wrong ? "wrong" : "as it should be");
	return wrong;
}
#else
function *theirs(int i)
{
	function *const found[COUNT] = { ALL };
	return found[i];
}

size_t short_length(const char *s)
{
	return strlen(s) - toupper(getc == fgetc);
}
#endif
