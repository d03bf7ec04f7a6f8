/* atexit, constructors, destructors and streams: what happens at the end, and in which order. */
#include <stdlib.h>
#include <unistd.h>
#include "check.h"

static void say(const char *s)
{
	printf("%s\n", s);
}

static void first(void) { say("registered first"); }
static void second(void) { say("registered second"); }
static void inner(void) { say("registered at the end"); }
static void third(void) { say("registered third"); atexit(inner); }
static void many(void) { static int n; if (++n == 40) say("forty times"); }
static void quick(void) { say("at_quick_exit, not called"); }

__attribute__((constructor(200))) static void early(void) { say("constructor 200"); }
__attribute__((constructor)) static void late(void) { say("constructor"); }
__attribute__((destructor)) static void end(void) { say("destructor"); }


int main(void)
{
	T(at_quick_exit(quick) == 0);
	T(atexit(first) == 0 && atexit(second) == 0 && atexit(third) == 0);
	for (int i = 0; i < 40; i++) atexit(many);
	printf("no newline at the end of main");
	putchar('\n');
	FILE *f = fopen("/tmp/unflushed", "w");
	fputs("x", f);
	remove("/tmp/unflushed");
	exit(0);
}
