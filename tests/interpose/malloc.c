/* malloc, calloc, realloc and free of the program's own: libc's calls are theirs, too. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <malloc.h>

static char heap[1 << 16];
static size_t used;
static int allocated, freed;

static int mine(void *p)
{
	return (char *)p >= heap && (char *)p < heap + sizeof heap;
}

void *malloc(size_t n)
{
	size_t *p;

	n = n + 31 & -16;
	if (n > sizeof heap - used) return 0;
	p = (size_t *)(heap + used);
	used += n;
	p[0] = n - 16;
	allocated++;
	return p + 16 / sizeof *p;
}

void free(void *p)
{
	if (p && mine(p)) freed++;
	else if (p) puts("a block of another heap");
}

#ifndef TWO
void *calloc(size_t m, size_t n)
{
	void *p = malloc(m * n);
	return p ? memset(p, 0, m * n) : p;
}

void *realloc(void *p, size_t n)
{
	void *new = malloc(n);
	if (p && new) memcpy(new, p, n);
	free(p);
	return new;
}
#endif

int main(void)
{
	char *line = 0, *text, buffer[] = "a line\n";
	size_t room = 0;
	int before = allocated;
	void *(*volatile pointer)(size_t) = malloc;
	void *(*volatile aligned)(size_t, size_t) = aligned_alloc;

	text = strdup("of my heap");
	printf("%d %s %d\n", mine(text), text, allocated - before);
	free(text);
	text = calloc(3, 5);
	printf("%d %d\n", mine(text), text[14]);
	free(text);
	printf("%d\n", mine(pointer(5)));
#ifndef TWO
	FILE *file = fmemopen(buffer, 7, "r");
	printf("%d\n", mine(file));
	printf("%zd ", getline(&line, &room, file));
	printf("%d %s", mine(line), line);
	fclose(file);
	free(line);
	if (asprintf(&text, "%d-%d", 4, 5) == 3) printf("%s %d\n", text, mine(text));
	free(text);
#endif
	errno = 0;
	text = aligned(64, 64);
	printf("%d %d\n", text != 0, errno == ENOMEM);
	errno = 0;
	printf("%d\n", posix_memalign((void **)&text, 64, 64) == ENOMEM);
	text = memalign(64, 64);
	printf("%d\n", text != 0);
	printf("%d %d\n", freed, mine(text));
	return 0;
}
