/* The order of beginning and end: constructors, main, atexit, destructors, the last flush. */
#define _XOPEN_SOURCE 700
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int started;

__attribute__((constructor(201))) static void second(void) { printf("constructor 201: %d\n", ++started); }
__attribute__((constructor(101))) static void first(void) { printf("constructor 101: %d\n", ++started); }
__attribute__((constructor)) static void third(void) { printf("constructor: %d\n", ++started); }
__attribute__((destructor)) static void end(void) { printf("destructor\n"); }

static void registered_first(void) { printf("atexit: registered first\n"); }
static void last(void) { printf("atexit: registered by a handler\n"); }
static void registered_second(void)
{
	printf("atexit: registered second\n");
	atexit(last);
}

static volatile sig_atomic_t caught;
static void handler(int number) { caught = number; }

int main(void)
{
	printf("main: %d\n", started);
	atexit(registered_first);
	atexit(registered_second);
	signal(SIGUSR1, handler);
	raise(SIGUSR1);
	printf("caught: %d\n", caught == SIGUSR1);
	printf("has a pid: %d, has a host name: %d\n", getpid() > 0, gethostname((char[65]){0}, 65) == 0);
	setvbuf(stdout, NULL, _IOFBF, 1 << 16);
	printf("never flushed by hand");
	putchar('\n');
	exit(300);
}
