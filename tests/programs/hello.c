/* The libc's first words: what the main job promises, one line each. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int by_value(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;
	return (x > y) - (x < y);
}

static void print_sorted(void)
{
	int v[] = {42, -7, 1999, 0, 3, -7, 128};
	size_t n = sizeof v / sizeof *v;
	qsort(v, n, sizeof *v, by_value);
	printf("qsort:");
	for (size_t i = 0; i < n; i++) printf(" %d", v[i]);
	printf("\n");
}

static void print_heap(void)
{
	char *s = malloc(16);
	if (!s) exit(3);
	strcpy(s, "grown");
	s = realloc(s, 1 << 20);
	if (!s) exit(3);
	memset(s + 5, '!', 3);
	s[8] = 0;
	printf("malloc: %s\n", s);
	free(s);
}

static void print_file(const char *path)
{
	char line[64];
	FILE *f = fopen(path, "r");
	if (!f) {
		perror(path);
		exit(4);
	}
	while (fgets(line, sizeof line, f)) printf("file: %s", line);
	fclose(f);
}

int main(int argc, char **argv)
{
	const char *name = getenv("GREETED");
	printf("hello, %s\n", name ? name : "nobody");
	printf("float: %.6f %g %.18Lg\n", 3.14159265358979, 1e100, 1.0L / 3);
	print_sorted();
	print_heap();
	for (int i = 1; i < argc; i++) printf("argv[%d]: %s\n", i, argv[i]);
	print_file("/data/greeting.txt");
	fprintf(stderr, "done\n");
	return 7;
}
