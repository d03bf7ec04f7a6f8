/* Patterns of allocation. */
#include <string.h>
#include "bench.h"

#define LIVE 1024

static void *volatile kept;
static void *blocks[LIVE];

/* One block at a time. */
static void churn(long n, long size)
{
	for (long i = 0; i < n; i++) {
		kept = malloc(size);
		free(kept);
	}
}

/* 256 blocks, the last one freed first. */
static void stack(long n, long size)
{
	for (long i = 0; i < n; i++) {
		for (int j = 0; j < 256; j++) blocks[j] = malloc(size);
		for (int j = 256; j--;) free(blocks[j]);
	}
}

/* A queue of 256 blocks. */
static void queue(long n, long size)
{
	for (int j = 0; j < 256; j++) blocks[j] = malloc(size);
	for (long i = 0; i < n; i++) {
		free(blocks[i % 256]);
		blocks[i % 256] = malloc(size);
	}
	for (int j = 0; j < 256; j++) free(blocks[j]);
}

/* Any of 1024 blocks freed, and one of any size up to `largest` in its place. */
static void random_sizes(long n, long largest)
{
	seed = 1;
	memset(blocks, 0, sizeof blocks);
	for (long i = 0; i < n; i++) {
		unsigned place = next() % LIVE;
		free(blocks[place]);
		blocks[place] = malloc(1 + next() % largest);
	}
	for (int j = 0; j < LIVE; j++) free(blocks[j]);
}

/* A block that grows by 64 bytes at a time. */
static void grow(long n, long largest)
{
	for (long i = 0; i < n; i++) {
		char *p = NULL;
		for (long size = 64; size <= largest; size += 64) {
			p = realloc(p, size);
			p[size - 1] = 1;
		}
		free(p);
	}
}

static void zeroed(long n, long size)
{
	for (long i = 0; i < n; i++) {
		kept = calloc(1, size);
		free(kept);
	}
}

static void aligned(long n, long size)
{
	for (long i = 0; i < n; i++) {
		kept = aligned_alloc(64, size);
		free(kept);
	}
}

static void cases(void)
{
	SIZED(churn, 16, 100, 1000, 10000, 200000, 2000000);
	SIZED(stack, 16, 100, 1000);
	SIZED(queue, 16, 100, 1000);
	SIZED(random_sizes, 64, 1000, 20000);
	SIZED(grow, 4096, 65536, 1000000);
	SIZED(zeroed, 64, 4096, 65536, 1000000);
	SIZED(aligned, 64, 4096);
}
