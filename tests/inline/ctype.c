/* Each function of ctype.h, inline and the libc's, for every int that it may be given and others. */
#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include "functions.h"

#define ALL F(isalnum) F(isalpha) F(isblank) F(iscntrl) F(isdigit) F(isgraph) F(islower) F(isprint) \
	F(ispunct) F(isspace) F(isupper) F(isxdigit) F(tolower) F(toupper)

#define F(name) LIBC(int, name, int)
ALL
#undef F

static void test(int c)
{
#define F(name) EXPECT(name(c) == libc_##name(c), #name "(%d)\n", c);
	ALL
#undef F
}

int main(void)
{
	static const int others[] = { INT_MIN, INT_MIN + 'a', INT_MIN | 'z', INT_MAX, 0x10061, 0x1005a };

	for (int c = -1000; c <= 1000; c++) test(c);
	for (int i = 0; i < sizeof others / sizeof others[0]; i++) test(others[i]);
	puts(wrong ? "wrong" : "as it should be");
	return wrong;
}
