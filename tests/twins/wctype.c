/* towlower and towupper (arch/wasm32/src/ctype) of every character, against musl's generic ones. */
#include <stdio.h>
#include <wchar.h>

#define hidden
#define weak_alias(old, new)
#define towlower generic_towlower
#define towupper generic_towupper
#define __towupper_l generic_towupper_l
#define __towlower_l generic_towlower_l
#include "ctype/towctrans.c"
#undef towlower
#undef towupper

wint_t towlower(wint_t);
wint_t towupper(wint_t);

static int wrong;

static void test(wint_t c)
{
	if (towlower(c) == generic_towlower(c) && towupper(c) == generic_towupper(c)) return;
	if (wrong++ < 10) printf("%x: %x %x\n", c, towlower(c), towupper(c));
}

int main(void)
{
	for (wint_t c = 0; c < 0x220000; c++) test(c);
	for (wint_t c = 0; c < 0x10000; c++) test(-1 - c);
	puts(wrong ? "wrong" : "as it should be");
	return wrong;
}
