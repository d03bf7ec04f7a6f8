/* <ctype.h>: every class of every character of the C locale. */
#include <ctype.h>
#include "check.h"

int main(void)
{
	int (*const is[])(int) = { isalnum, isalpha, isblank, iscntrl, isdigit, isgraph, islower,
		isprint, ispunct, isspace, isupper, isxdigit };
	unsigned counts[12] = {0};

	for (int c = -1; c < 128; c++) {
		unsigned set = 0;
		for (int i = 0; i < 12; i++) if (is[i](c)) set |= 1 << i, counts[i]++;
		printf("%03x%c", set, c % 16 == 15 ? '\n' : ' ');
	}
	for (int i = 0; i < 12; i++) printf("%u ", counts[i]);
	puts("");
	for (int c = 32; c < 127; c++) putchar(toupper(c));
	puts("");
	for (int c = 32; c < 127; c++) putchar(tolower(c));
	puts("");
	T(toupper(EOF) == EOF);
	T(tolower(EOF) == EOF);
	T(isascii(127) && !isascii(128));
	T(toascii(0x1c1) == 'A');
	T((isalpha)('a') && (toupper)('a') == 'A');
	return 0;
}
