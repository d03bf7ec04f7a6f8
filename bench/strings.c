/* Times one call each of the port's memcpy, memmove and memset, and of musl's
 * generic ones: lines of function, variant, bytes, whether the addresses
 * differ in alignment, nanoseconds. bench/strings.py links it. */
#include <stddef.h>
#include <stdio.h>
#include <time.h>

typedef void *copy(void *, const void *, size_t);
typedef void *fill(void *, int, size_t);

copy port_memcpy, port_memmove, generic_memcpy, generic_memmove;
fill port_memset, generic_memset;

static char to[1 << 17], from[1 << 17];

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static long calls(size_t size)
{
	return 20000000 / (size + 20);
}

/* A memmove shifts a block within itself; a memcpy goes elsewhere. */
static double time_copy(copy *function, const char *source, size_t size, size_t shift)
{
	long n = calls(size);
	double start = now();
	for (long i = 0; i < n; i++) function(to + shift, source, size);
	return (now() - start) / n;
}

static double time_fill(fill *function, size_t size, size_t shift)
{
	long n = calls(size);
	double start = now();
	for (long i = 0; i < n; i++) function(to + shift, 0, size);
	return (now() - start) / n;
}

static void say(const char *name, const char *variant, size_t size, size_t shift, double ns)
{
	printf("%s %s %zu %d %.2f\n", name, variant, size, shift % 4 != 0, ns);
}

static void measure(size_t size, size_t shift)
{
	say("memcpy", "port", size, shift, time_copy(port_memcpy, from, size, shift));
	say("memcpy", "generic", size, shift, time_copy(generic_memcpy, from, size, shift));
	say("memmove", "port", size, shift, time_copy(port_memmove, to, size, shift));
	say("memmove", "generic", size, shift, time_copy(generic_memmove, to, size, shift));
	say("memset", "port", size, shift, time_fill(port_memset, size, shift));
	say("memset", "generic", size, shift, time_fill(generic_memset, size, shift));
}

int main(void)
{
	static const size_t sizes[] = { 1, 3, 8, 16, 32, 48, 64, 80, 128, 256, 1024, 4096, 65536 };

	for (int round = 0; round < 5; round++)
		for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
			for (size_t shift = 4; shift < 6; shift++) measure(sizes[i], shift);
	return 0;
}
