/* A library before the other one: it has a malloc for all, and some of what the other defines. */
#include <stddef.h>

static char heap[4096];
static size_t used;

int from_first(void *p) { return (char *)p >= heap && (char *)p < heap + sizeof heap; }

void *malloc(size_t n)
{
	void *p = heap + used;

	used += n + 15 & -16;
	return used <= sizeof heap ? p : NULL;
}

void free(void *p) { (void)p; }

int both(void) { return 1; }
int datum = 10;
int only_first(void) { return 11; }
__attribute__((weak)) int weakly(void) { return 12; }
