/* <crypt.h>, <uchar.h>, <stdarg.h>, <assert.h>, <stdint.h>, <stddef.h>, <stdbool.h>, <iso646.h>, <endian.h>,
 * <byteswap.h>, <sys/param.h>, <monetary.h>, <mntent.h> */
#include <assert.h>
#include <byteswap.h>
#include <crypt.h>
#include <endian.h>
#include <errno.h>
#include <iso646.h>
#include <locale.h>
#include <mntent.h>
#include <monetary.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#include <uchar.h>
#include "check.h"

static double sum(int n, ...)
{
	va_list ap, copy;
	double total = 0;

	va_start(ap, n);
	va_copy(copy, ap);
	for (int i = 0; i < n; i++) total += va_arg(ap, int) + va_arg(ap, double) + va_arg(ap, long long) + va_arg(ap, long double);
	va_end(ap);
	total += va_arg(copy, int);
	va_end(copy);
	return total;
}

int main(void)
{
	static const char *const salts[] = { "ab", "$1$saltsalt$", "$5$saltstring", "$6$rounds=1000$saltstring", "$2b$04$abcdefghijklmnopqrstuu" };
	mbstate_t state = {0};
	char16_t c16;
	char32_t c32;
	char b[64];

	for (int i = 0; i < 5; i++) {
		char *hash = crypt("password", salts[i]);
		printf("%s\n", hash ? hash : "none");
	}
	setlocale(LC_ALL, "C.UTF-8");
	T(mbrtoc16(&c16, "\xf0\x9f\x98\x80", 4, &state) == 4 && c16 == 0xd83d && mbrtoc16(&c16, "", 0, &state) == (size_t)-3 && c16 == 0xde00);
	memset(&state, 0, sizeof state);
	T(c16rtomb(b, 0xd83d, &state) == 0 && c16rtomb(b, 0xde00, &state) == 4 && !memcmp(b, "\xf0\x9f\x98\x80", 4));
	memset(&state, 0, sizeof state);
	T(mbrtoc32(&c32, "\xe2\x82\xac", 3, &state) == 3 && c32 == 0x20ac && c32rtomb(b, 0xe9, &state) == 2);
	T(sum(2, 1, 2.5, 3LL, 4.0L, 5, 6.0, 7LL, 8.0L) == 37.5);
	assert(true and not false);
	T(offsetof(struct { char a; long long b; }, b) == 8 && sizeof(wchar_t) == 4 && _Alignof(max_align_t) == 16);
	T(INT8_MIN == -128 && UINT64_MAX == 18446744073709551615u && INTPTR_MAX >= 2147483647 && SIZE_MAX >= 4294967295u && WCHAR_MAX > 0xffff);
	T(sizeof(int_fast16_t) >= 2 && INT64_C(1) << 40 > 0 && PTRDIFF_MAX > 0 && SIG_ATOMIC_MAX >= 127 && WINT_MIN == 0);
	T(bswap_16(0x1234) == 0x3412 && bswap_64(1) == 1ULL << 56 && htobe32(1) == 0x1000000 && le16toh(1) == 1 && BYTE_ORDER == LITTLE_ENDIAN);
	T(MIN(1, 2) == 1 && MAX(1, 2) == 2 && howmany(9, 4) == 3 && roundup(9, 4) == 12);
	T(strfmon(b, sizeof b, "%!.2n", 1234.5) == 7 && !strcmp(b, "1234.50"));
	FILE *f = fmemopen("# comment\n/dev/a /mnt ext4 rw,noauto 0 1\n", 41, "r");
	struct mntent *m = getmntent(f);
	T(m && !strcmp(m->mnt_dir, "/mnt") && hasmntopt(m, "noauto") && m->mnt_passno == 1 && !getmntent(f));
	endmntent(f);
	T(!strcmp(program_invocation_short_name, strrchr(program_invocation_name, '/') ? strrchr(program_invocation_name, '/') + 1 : program_invocation_name));
	return 0;
}
