/* stdio.h's inline functions and the libc's: the same operations at random on two streams alike. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "functions.h"

LIBC(int, getc, FILE *)
LIBC(int, fgetc, FILE *)
LIBC(int, getc_unlocked, FILE *)
LIBC(int, fgetc_unlocked, FILE *)
LIBC(int, ungetc, int, FILE *)
LIBC(int, putc, int, FILE *)
LIBC(int, fputc, int, FILE *)
LIBC(int, putc_unlocked, int, FILE *)
LIBC(int, fputc_unlocked, int, FILE *)
LIBC(int, putchar_unlocked, int)
LIBC(int, getchar, void)

enum { ROOM = 64, STEPS = 400 };

static int read_byte(int how, FILE *f, int libc)
{
	switch (how) {
	case 0: return libc ? libc_getc(f) : getc(f);
	case 1: return libc ? libc_fgetc(f) : fgetc(f);
	case 2: return libc ? libc_getc_unlocked(f) : getc_unlocked(f);
	default: return libc ? libc_fgetc_unlocked(f) : fgetc_unlocked(f);
	}
}

static int write_byte(int how, int c, FILE *f, int libc)
{
	switch (how) {
	case 0: return libc ? libc_putc(c, f) : putc(c, f);
	case 1: return libc ? libc_fputc(c, f) : fputc(c, f);
	case 2: return libc ? libc_putc_unlocked(c, f) : putc_unlocked(c, f);
	default: return libc ? libc_fputc_unlocked(c, f) : fputc_unlocked(c, f);
	}
}

/* One operation; what it returns. */
static int act(int what, int how, int c, FILE *f, int libc)
{
	char bytes[8] = "a\nbcdef";

	switch (what) {
	case 0: case 1: case 2: case 3: return read_byte(how, f, libc);
	case 4: case 5: return libc ? libc_ungetc(c, f) : ungetc(c, f);
	case 6: case 7: case 8: case 9: return write_byte(how, c, f, libc);
	case 10: return fseek(f, c & 127, SEEK_SET);
	case 11: return fflush(f);
	case 12: return fread(bytes, 1, how + 2, f) + bytes[0];
	case 13: return fwrite(bytes, 1, how + 2, f);
	case 14: how ? flockfile(f) : clearerr(f); if (how) funlockfile(f); return 0;
	default: return fgets(bytes, 5, f) ? bytes[0] : -1;
	}
}

static FILE *opened(const char *mode, int buffering, size_t size, char *buffer)
{
	FILE *f = tmpfile();

	for (int i = 0; i < 100; i++) fputc(i % 9 ? 'a' + i % 26 : '\n', f);
	fputc(0xff, f);
	rewind(f);
	f = freopen(NULL, mode, f);
	if (!f || setvbuf(f, buffer, buffering, size)) exit(2);
	return f;
}

/* What is in the file is compared as well, when all is written. */
static int content(FILE *f, char *to)
{
	fflush(f);
	rewind(f);
	memset(to, 0, 4096);
	return fread(to, 1, 4096, f);
}

static void test(const char *mode, int buffering, size_t size)
{
	static char buffers[2][ROOM], contents[2][4096];
	FILE *f[2];

	for (int i = 0; i < 2; i++) f[i] = opened(mode, buffering, size, buffers[i]);
	int locked = rand() % 4 == 0;
	for (int i = 0; i < 2; i++) if (locked) flockfile(f[i]);
	for (int step = 0; step < STEPS; step++) {
		int what = rand() % 16, how = rand() % 4, c = rand() % 8 ? rand() % 300 : EOF;
		if (rand() % 8 == 0) c = '\n' + rand() % 2 * 256;
		int a = act(what, how, c, f[0], 0), b = act(what, how, c, f[1], 1);
		EXPECT(a == b, "%s %d %zu: %d %d %d: %d, not %d\n", mode, buffering, size, what, how, c, a, b);
		EXPECT(lseek(fileno(f[0]), 0, SEEK_CUR) == lseek(fileno(f[1]), 0, SEEK_CUR),
			"%s %d %zu: %d %d %d: flushed\n", mode, buffering, size, what, how, c);
		EXPECT(feof(f[0]) == feof(f[1]) && ferror(f[0]) == ferror(f[1]),
			"%s %d %zu: %d %d %d: flags\n", mode, buffering, size, what, how, c);
		if (rand() % 4 == 0) EXPECT(ftell(f[0]) == ftell(f[1]), "%s %d %zu: %d %d %d: position\n",
			mode, buffering, size, what, how, c);
	}
	EXPECT(content(f[0], contents[0]) == content(f[1], contents[1])
		&& !memcmp(contents[0], contents[1], 4096), "%s %d %zu: content\n", mode, buffering, size);
	for (int i = 0; i < 2; i++) fclose(f[i]);
}

int main(void)
{
	static const char *const modes[] = { "r", "w", "a", "r+", "w+", "a+" };
	static const size_t sizes[] = { 0, 8, 9, 10, 17, ROOM };
	int unread = 0;

	for (int i = 0; i < 6; i++)
		for (int buffering = _IOFBF; buffering <= _IONBF; buffering++)
			for (int j = 0; j < 6; j++)
				for (int round = 0; round < 4; round++) test(modes[i], buffering, sizes[j]);

	/* Standard input: "abcdef". Three bytes can go back, and eight more. */
	EXPECT(getchar() == 'a' && libc_getchar() == 'b' && getchar_unlocked() == 'c', "getchar\n");
	while (unread < 20 && ungetc('0' + unread, stdin) == '0' + unread) unread++;
	EXPECT(unread == 11, "ungetc of %d bytes\n", unread);
	while (unread) EXPECT(getchar() == '0' + --unread, "getchar after ungetc\n");
	while (getchar() > 0);
	EXPECT(getchar() == EOF && getchar_unlocked() == EOF && feof(stdin), "end of input\n");

	for (const char *p = "as it should"; *p; p++) if (putchar_unlocked(*p) != *p) return 3;
	libc_putchar_unlocked(wrong ? '?' : ' ');
	putc('b', stdout);
	putchar_unlocked(256 + 'e');
	putchar_unlocked('\n');
	return wrong;
}
