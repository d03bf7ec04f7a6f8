/* quick_exit: its own handlers, in reverse, and nothing else. */
#include <stdlib.h>
#include <unistd.h>
#include "check.h"

static void a(void) { write(1, "first\n", 6); }
static void b(void) { write(1, "second\n", 7); }
static void c(void) { write(1, "atexit, not called\n", 19); }

int main(void)
{
	atexit(c);
	at_quick_exit(a);
	at_quick_exit(b);
	printf("unflushed, so never seen");
	quick_exit(0);
}
