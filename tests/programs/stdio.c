/* Streams: a file read in every way, streams in memory, scanning, wide output. */
#define _XOPEN_SOURCE 700
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

static void read_file(const char *path)
{
	char word[16], *line = NULL;
	size_t size = 0;
	FILE *f = fopen(path, "r");
	if (!f) {
		perror(path);
		exit(2);
	}
	while (getline(&line, &size, f) > 0) printf("line: %s", line);
	printf("end: %d %ld\n", !!feof(f), ftell(f));
	rewind(f);
	if (fscanf(f, "%15s", word) != 1) exit(3);
	printf("word: %s at %ld\n", word, ftell(f));
	if (fseek(f, -4, SEEK_END)) exit(4);
	printf("tail: %zu", fread(word, 1, sizeof word, f));
	printf(" %.3s\n", word);
	rewind(f);
	ungetc('?', f);
	printf("pushed back: %c", getc(f));
	printf("%c\n", getc(f));
	free(line);
	fclose(f);
}

static void no_file(void)
{
	errno = 0;
	FILE *f = fopen("/nosuch/file", "r");
	printf("missing: %d %d %s\n", !f, errno == ENOENT, strerror(ENOENT));
}

static void in_memory(void)
{
	char buffer[32] = "";
	FILE *f = fmemopen(buffer, sizeof buffer, "w+");
	fprintf(f, "%s %d", "twenty", 20);
	fseek(f, 1, SEEK_SET);
	fputc('W', f);
	fclose(f);
	printf("fmemopen: %s\n", buffer);

	char *text;
	size_t size;
	f = open_memstream(&text, &size);
	for (int i = 0; i < 1000; i++) fprintf(f, "%d,", i);
	fclose(f);
	printf("open_memstream: %zu ...%s\n", size, text + size - 8);
	free(text);
}

static void scan(void)
{
	int i = 0, n = 0;
	unsigned x = 0;
	double d = 0;
	char set[8] = "", rest[8] = "";
	int got = sscanf("12 0x1f -2.5e3 abcxyz tail", "%d %x %lf %7[a-c]%*s %7s%n",
		&i, &x, &d, set, rest, &n);
	printf("sscanf: %d: %d %u %g %s %s %d\n", got, i, x, d, set, rest, n);
	long long big;
	char *end;
	big = strtoll("9223372036854775808z", &end, 10);
	printf("strtoll: %lld %d %s\n", big, errno == ERANGE, end);
	printf("strtod: %a %.17g\n", strtod("0x1.8p-3", NULL), strtod("1e-310", NULL));
}

static void print(void)
{
	char small[8];
	int n = snprintf(small, sizeof small, "%s", "truncated text");
	printf("snprintf: %d %s\n", n, small);
	printf("|%+5d|%-5d|%05d|%x|%#o|%#X|%c|%5.1f|%.3e|%g|%%|\n", 42, 42, 42, 255, 8, 255, 'c', 3.14159,
		1234.5, 1e-7);
	printf("|%*d|%-*s|%.*f|%hhd|%hd|%lld|%zu|%jd|%td|\n", 6, 1, 6, "ab", 2, 2.0 / 3, (signed char)300,
		(short)70000, 1LL << 62, sizeof(int), (__INTMAX_TYPE__)-1, (__PTRDIFF_TYPE__)-2);
	printf("%2$s %1$s\n", "second", "first");
	printf("%.20g %.0f %g %g\n", 0.1, 0.5, 1.0 / 0.0, -0.0);
}

static void wide(void)
{
	if (!setlocale(LC_ALL, "C.UTF-8")) exit(5);
	wchar_t buffer[32];
	swprintf(buffer, 32, L"%ls %d %s", L"\u03b1\u03b2", 7, "\xce\xb3");
	printf("wide: %ls %zu %lc\n", buffer, wcslen(buffer), (wint_t)0x20ac);
	mbstate_t state = {0};
	wchar_t c = 0;
	size_t used = mbrtowc(&c, "\xf0\x9f\x8e\x89", 4, &state);
	printf("mbrtowc: %zu %lx\n", used, (unsigned long)c);
}

int main(int argc, char **argv)
{
	if (argc != 2) return 1;
	read_file(argv[1]);
	no_file();
	in_memory();
	scan();
	print();
	wide();
	return 0;
}
