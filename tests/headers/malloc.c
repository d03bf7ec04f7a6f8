/* <malloc.h> and malloc of <stdlib.h>; <sys/mman.h>: sizes, alignments, limits, reuse. */
#include <errno.h>
#include <limits.h>
#include <malloc.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "check.h"

static volatile size_t huge = SIZE_MAX - 4096;

static int filled(const unsigned char *p, size_t n, unsigned char with)
{
	while (n && *p == with) p++, n--;
	return !n;
}

/* Blocks of all sizes live and die at random, and none loses a byte. */
static int churn(void)
{
	static struct { unsigned char *p; size_t n; } blocks[256];
	unsigned x = 1;
	int wrong = 0;

	for (int i = 0; i < 60000; i++) {
		x = x * 1103515245 + 12345;
		int at = x >> 16 & 255;
		size_t n = (x >> 8) % (i % 50 ? 700 : 70000);
		if (!filled(blocks[at].p, blocks[at].n, at)) wrong++;
		if (x & 1 << 30) {
			blocks[at].p = realloc(blocks[at].p, n + 1);
			if (!filled(blocks[at].p, n < blocks[at].n ? n : blocks[at].n, at)) wrong++;
		} else {
			free(blocks[at].p);
			blocks[at].p = malloc(n + 1);
		}
		if (!blocks[at].p || (uintptr_t)blocks[at].p % _Alignof(max_align_t)) return -1;
		memset(blocks[at].p, at, blocks[at].n = n);
	}
	for (int i = 0; i < 256; i++) free(blocks[i].p);
	return wrong;
}

/* What is freed can be had again: more in all than there is memory. */
static int reuse(void)
{
	for (int i = 0; i < 2000; i++) {
		char *p = malloc(4 << 20);
		if (!p) return 0;
		p[0] = p[(4 << 20) - 1] = 1;
		free(p);
	}
	return 1;
}

static int grow(void)
{
	char *p = NULL;
	for (size_t n = 1; n <= 32 << 20; n *= 2) {
		p = realloc(p, n);
		if (!p || (n > 1 && p[n / 4] != 'x' && n / 4 != 0)) return 0;
		memset(p, 'x', n);
	}
	free(p);
	return 1;
}

int main(void)
{
	void *p;

	printf("churn: %d\n", churn());
	T(reuse() && grow());
	errno = 0;
	T(!malloc(huge) && errno == ENOMEM && !calloc(huge / 2, 4) && !realloc(NULL, huge));
	T(!reallocarray(NULL, huge / 2, 4) && errno == ENOMEM);
	p = malloc(10);
	T(!realloc(p, huge) && malloc_usable_size(p) >= 10 && malloc_usable_size(NULL) == 0);
	free(p);
	p = calloc(1000, 17);
	T(filled(p, 17000, 0));
	free(p), free(NULL);
	p = malloc(0);
	T(p);
	free(p);
	for (size_t align = 8; align <= 1 << 20; align *= 4) {
		void *q, *a = aligned_alloc(align, align * 2), *m = memalign(align, 100);
		int error = posix_memalign(&q, align, 33);
		printf("%zu: %d\n", align, a && m && !error && !((uintptr_t)a % align) && !((uintptr_t)m % align) && !((uintptr_t)q % align));
		free(a), free(m), free(q);
	}
	T(posix_memalign(&p, 3, 8) == EINVAL && posix_memalign(&p, 16, huge) == ENOMEM);
	p = valloc(100);
	T((uintptr_t)p % sysconf(_SC_PAGESIZE) == 0);
	free(p);

	size_t page = sysconf(_SC_PAGESIZE);
	char *m = mmap(NULL, 4 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	T(m != MAP_FAILED && filled((void *)m, 4 * page, 0));
	memset(m, 'm', 4 * page);
	T(munmap(m + page, page) == 0 && m[0] == 'm' && m[2 * page] == 'm');
	T(mmap(m + page, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == m + page && m[page] == 0);
	T(mprotect(m, page, PROT_READ) == 0 && madvise(m + 2 * page, page, MADV_DONTNEED) == 0 && m[2 * page] == 0);
	m[page] = 'k';
	char *moved = mremap(m + page, page, 3 * page, MREMAP_MAYMOVE);
	T(moved != MAP_FAILED && moved[0] == 'k' && moved[2 * page] == (moved == m + page ? 'm' : 0));
	T(mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED && errno == EINVAL);
	T(mmap(NULL, page, PROT_READ, MAP_PRIVATE, 99, 0) == MAP_FAILED && errno == EBADF);
	T(munmap(m + 1, page) == -1 && errno == EINVAL && mmap(NULL, huge, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED && errno == ENOMEM);
	T(mlock(m, page) == 0 && munlock(m, page) == 0 && mincore(m, page, (unsigned char *)&(char){0}) == 0);
	void *before = sbrk(0);
	T(before != (void *)-1);
	return 0;
}
