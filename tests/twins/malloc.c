/* malloc, which keeps what was freed (arch/wasm32/src/malloc): blocks hold what is written to
 * them, are aligned, as large as was asked for, zero from calloc, and never two at one place.
 * With an argument: how much is kept, when memory is exhausted, and what must end in a trap. */
#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT 600

static struct { unsigned char *p; size_t size, usable; unsigned char mark; } blocks[COUNT];
static unsigned long long seed = 1;
static int wrong;
static void *volatile p;

static unsigned next(unsigned below)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (seed >> 33) % below;
}

static void expect(int good, const char *what, int i)
{
	if (!good && wrong++ < 10) printf("%s: size %zu at %p\n", what, blocks[i].size, blocks[i].p);
}

static int all(const unsigned char *s, size_t n, int c)
{
	while (n--) if (*s++ != c) return 0;
	return 1;
}

static size_t some_size(void)
{
	static const unsigned largest[] = { 40, 40, 300, 300, 2000, 9000, 70000, 140000, 1000000, 5000000 };
	return next(largest[next(next(20) ? 7 : 10)]);
}

static void fill(int i, unsigned char *block, size_t size)
{
	size_t usable = malloc_usable_size(block);

	for (int j = 0; j < COUNT; j++) {
		if (j == i || !blocks[j].p) continue;
		expect(block + usable <= blocks[j].p || blocks[j].p + blocks[j].usable <= block, "two at one place", i);
	}
	blocks[i].p = block;
	blocks[i].size = size;
	blocks[i].usable = usable;
	expect(block && usable >= size && !((uintptr_t)block & 15), "usable", i);
	memset(block, blocks[i].mark = 1 + next(255), usable);
}

static void turn(int i)
{
	size_t size = some_size(), align = 1 << next(14);
	unsigned char *block = blocks[i].p;

	expect(!block || all(block, blocks[i].usable, blocks[i].mark), "changed", i);
	blocks[i].p = 0;
	switch (next(6)) {
	case 0:
		free(block);
		break;
	case 1:
		free(block);
		block = aligned_alloc(align, size);
		expect(!((uintptr_t)block & (align - 1)), "not aligned", i);
		fill(i, block, size);
		break;
	case 2:
		free(block);
		block = calloc(1, size);
		expect(all(block, size, 0), "not zero", i);
		fill(i, block, size);
		break;
	case 3:
		if (!block) blocks[i].size = 0;
		block = realloc(block, size);
		expect(all(block, size < blocks[i].size ? size : blocks[i].size, blocks[i].mark), "not kept", i);
		fill(i, block, size);
		break;
	default:
		free(block);
		fill(i, malloc(size), size);
	}
}

static void every_size(void)
{
	for (size_t size = 0; size < 132000; size++) {
		void *block = malloc(size);
		size_t usable = malloc_usable_size(block), most = size + (size < 131000 ? size/2 + 32 : 8192);

		expect(usable >= size && usable <= most, "every size", 0);
		blocks[0].size = size;
		blocks[0].p = block;
		free(block);
	}
	free(malloc(1000000));
	blocks[0].p = malloc(blocks[0].size = 600000);
	expect(malloc_usable_size(blocks[0].p) < 800000, "more than a fifth too much", 0);
	free(blocks[0].p);
	blocks[0].p = 0;
}

static void must_trap(const char *how)
{
	size_t size = strstr(how, "large") ? 500000 : 100;
	unsigned char *next;

	p = strstr(how, "aligned") ? aligned_alloc(64, size) : malloc(size);
	if (strstr(how, "overrun")) {
		next = malloc(size);
		next[-4] = 1;
		p = next;
	}
	free(p);
	if (strstr(how, "usable")) printf("%zu\n", malloc_usable_size(p));
	else if (strstr(how, "realloc")) p = realloc(p, 200);
	else free(p);
	puts("no trap");
}

/* 32 MiB of one size, freed, are there for another size, but for the little that is kept. */
static void other_size(void)
{
	static void *many[32 << 20 >> 7];
	size_t pages;

	for (int i = 0; i < 32 << 20 >> 7; i++) expect(!!(many[i] = malloc(124)), "no memory", 0);
	for (int i = 0; i < 32 << 20 >> 7; i++) free(many[i]);
	pages = __builtin_wasm_memory_size(0);
	for (int i = 0; i < 28 << 20 >> 11; i++) expect(!!(many[i] = malloc(2000)), "no memory", 0);
	expect(__builtin_wasm_memory_size(0) == pages, "too much is kept", 0);
	for (int round = 0; round < 60; round++) {
		for (int i = 0; i < 8; i++) expect(!!(many[i] = malloc(3000000)), "no memory", 0);
		for (int i = 0; i < 8; i++) free(many[i]);
		if (!round) pages = __builtin_wasm_memory_size(0);
	}
	expect(__builtin_wasm_memory_size(0) == pages, "large blocks are lost", 0);
}

static void *last(size_t size, void **three)
{
	void *block, *got = 0;

	for (int i = 0; (block = malloc(size)); i++) three[i % 3] = got = block;
	return got;
}

/* When there is no memory left but in lists, it is what malloc gives. */
static void exhaust(void)
{
	void *three[3], *other[3], *small[400];

	for (int i = 0; i < 400; i++) small[i] = malloc(i < 4 ? 135 : 1000);
	for (size_t size = 256 << 20; size > 1 << 20; size /= 4) last(size, three);
	expect(!!last(200000, three) && errno == ENOMEM, "ENOMEM", 0);
	last(40000, other);
	expect(!realloc(three[0], 1 << 29) && malloc_usable_size(three[0]) >= 200000, "realloc", 0);
	for (int i = 0; i < 3; i++) free(three[i]);
	expect(!!malloc(40000), "what was freed is lost", 0);
	last(40000, other);
	for (int i = 0; i < 400; i++) free(small[i]);
	expect(!!malloc(40000), "small blocks are lost", 0);
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "exhaust")) exhaust();
	else if (argc > 1 && !strcmp(argv[1], "other")) other_size();
	else if (argc > 1) must_trap(argv[1]);
	else {
		every_size();
		for (int round = 0; round < 60000; round++) turn(next(COUNT));
	}
	puts(wrong ? "wrong" : "as it should be");
	return wrong;
}
