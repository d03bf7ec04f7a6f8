/* Times cases: a program's `cases` calls `measure` for each, and main prints
 * lines of name and nanoseconds per operation.
 *
 * In the first turn a batch is doubled until it takes 1 ms. Then all cases take
 * turns, two batches each, and the best of a case's batches counts: whatever else
 * a machine does only adds to a time, and what it does for a tenth of a second does
 * not meet all batches of one case. What the first turn takes never counts: a
 * tiered engine has not compiled what is hot, and wasmtime has a thread or two for
 * what may block, where it later has many to choose from.
 * bench/libc.py takes the median of several such processes. */
#ifndef BENCH_H
#define BENCH_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TURNS 9
#define CASES_MAX 128

/* Does n operations; argument is a size or another choice. */
typedef void operation(long n, long argument);

/* What is computed goes here, so that no compiler leaves it out. */
static volatile double sink;

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static double timed(operation *run, long n, long argument)
{
	double start = now();
	run(n, argument);
	return now() - start;
}

/* Thrice: once can be a pause of the machine's. */
static int is_long(operation *run, long n, long argument)
{
	for (int i = 0; i < 3; i++) if (timed(run, n, argument) < 1e6) return 0;
	return 1;
}

/* What is known of the cases, in the order in which `cases` has them. */
static struct {
	char name[64];
	long n; /* operations of a batch */
	double best;
} known[CASES_MAX];
static int at;

static void measure(const char *name, operation *run, long argument)
{
	double took;
	int i = at++;

	if (!known[i].n) {
		strcpy(known[i].name, name);
		known[i].best = 1e30;
		for (known[i].n = 1; !is_long(run, known[i].n, argument); known[i].n *= 2);
		return;
	}
	for (int batch = 0; batch < 2; batch++) {
		took = timed(run, known[i].n, argument);
		if (took < known[i].best) known[i].best = took;
	}
}

static void measure_sized(const char *name, operation *run, const long *sizes, int count)
{
	char full[64];

	for (int i = 0; i < count; i++) {
		snprintf(full, sizeof full, "%s_%ld", name, sizes[i]);
		measure(full, run, sizes[i]);
	}
}

/* Measures each of a program's cases once. */
static void cases(void);

int main(void)
{
	for (int i = 0; i < TURNS; i++) at = 0, cases();
	for (int i = 0; i < at; i++) printf("%s %.3f\n", known[i].name, known[i].best / known[i].n);
	return 0;
}

#define MEASURE(run) measure(#run, run, 0)
#define SIZED(run, ...) measure_sized(#run, run, (const long[]){ __VA_ARGS__ }, \
	sizeof (long[]){ __VA_ARGS__ } / sizeof(long))

/* The same numbers everywhere: a linear congruential generator (Knuth's MMIX). */
static unsigned long long seed = 1;

static unsigned next(void)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return seed >> 33;
}

static void check(int good, const char *what)
{
	if (good) return;
	perror(what);
	exit(1);
}

#endif
