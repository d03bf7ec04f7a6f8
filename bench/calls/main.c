/* Times loops of calls: lines of name and nanoseconds per call. bench/calls.py links it. */
#include <stdio.h>
#include <time.h>

#define CALLS 20000000

int loop(int), loop_inside(int), loop_back(int);

int back(int x)
{
	return x * 3 + 1;
}

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static void measure(const char *name, int run(int))
{
	double best = 1e9;

	for (int i = 0; i < 6; i++) {
		double start = now(), took;
		run(CALLS);
		took = (now() - start) / CALLS;
		if (took < best) best = took;
	}
	printf("%s %.3f\n", name, best);
}

int main(void)
{
	measure("ours", loop);
	measure("inside", loop_inside);
	measure("back", loop_back);
	return 0;
}
