/* <wctype.h>: classes and cases beyond ASCII. */
#include <locale.h>
#include <wchar.h>
#include <wctype.h>
#include "check.h"

int main(void)
{
	static const char *const names[] = { "alnum", "alpha", "blank", "cntrl", "digit", "graph",
		"lower", "print", "punct", "space", "upper", "xdigit" };

	if (!setlocale(LC_CTYPE, "C.UTF-8")) return 1;
	for (int i = 0; i < 12; i++) {
		wctype_t type = wctype(names[i]);
		printf("%s:", names[i]);
		for (wint_t c = 0; c < 128; c++) if (iswctype(c, type)) printf(" %x", (unsigned)c);
		puts("");
	}
	T(iswalpha(0xe9) && iswlower(0xe9) && iswupper(0xc9) && !iswalpha(0x20ac));
	T(iswalpha(0x4e00) && !iswlower(0x4e00) && !iswdigit(0x661));
	T(iswspace(0x2003) && iswpunct(0x2014) && iswcntrl(0x85) && iswprint(0x3b1));
	T(towupper(0xe9) == 0xc9 && towlower(0x3a3) == 0x3c3 && towupper(0x10428) == 0x10400);
	T(towctrans(L'a', wctrans("toupper")) == L'A' && towctrans(0xc9, wctrans("tolower")) == 0xe9);
	T(!wctype("no such") && !wctrans("no such"));
	T(!iswalpha(WEOF) && towupper(WEOF) == WEOF);
	return 0;
}
