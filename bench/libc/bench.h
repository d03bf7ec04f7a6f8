/* Times cases: `measure` prints a line of name and nanoseconds per operation.
 *
 * A batch is doubled until it takes 1 ms; then the best of BATCHES counts, by
 * which a tiered engine has compiled what is hot: whatever else a machine does
 * only adds to a time. bench/libc.py takes the median of several
 * such processes. */
#ifndef BENCH_H
#define BENCH_H

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define BATCHES 6

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

static void measure(const char *name, operation *run, long argument)
{
	double best = 1e30, took;
	long n = 1;

	while (!is_long(run, n, argument)) n *= 2;
	for (int i = 0; i < BATCHES; i++) {
		took = timed(run, n, argument);
		if (took < best) best = took;
	}
	printf("%s %.3f\n", name, best / n);
}

static void measure_sized(const char *name, operation *run, const long *sizes, int count)
{
	char full[64];

	for (int i = 0; i < count; i++) {
		snprintf(full, sizeof full, "%s_%ld", name, sizes[i]);
		measure(full, run, sizes[i]);
	}
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
