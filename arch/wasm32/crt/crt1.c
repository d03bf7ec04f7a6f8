/* Replaces musl's crt/crt1.c, which passes main on as a function of three
 * arguments, whatever it is: a call through the table checks the type. So main
 * is called here, as what it is, and there is an object per form of it:
 * crt1.o for main(argc, argv), crt1-N.o for a function named "main" of N
 * parameters, crt1-void.o and crt1-N-void.o for those without a result. */
#include <features.h>

#define START "_start"
#include "crt_arch.h"

#ifndef MAIN
#define MAIN __main_argc_argv /* clang's name for main(argc, argv) */
#define PARAMETERS 2
#endif

#if PARAMETERS == 0
#define TYPES void
#define ARGUMENTS
#elif PARAMETERS == 1
#define TYPES int
#define ARGUMENTS argc
#elif PARAMETERS == 2
#define TYPES int, char **
#define ARGUMENTS argc, argv
#else
#define TYPES int, char **, char **
#define ARGUMENTS argc, argv, envp
#endif

#define TEXT_OF(name) #name
#define TEXT(name) TEXT_OF(name)

#ifdef RESULTLESS
void program(TYPES) __asm__(TEXT(MAIN));
#define CALL (program(ARGUMENTS), 0)
#else
int program(TYPES) __asm__(TEXT(MAIN));
#define CALL program(ARGUMENTS)
#endif

void __wasm_call_ctors(void); /* wasm-ld's */

int __libc_start_main(int (*)(int, char **, char **), int, char **,
	void (*)(void), void (*)(void), void (*)(void));

/* What __libc_start_main calls before main and in exit. wasm has no section of
 * constructors, and destructors are registered with __cxa_atexit. */
void _init(void)
{
	__wasm_call_ctors();
}

void _fini(void)
{
}

static int call_main(int argc, char **argv, char **envp)
{
	(void)argc, (void)argv, (void)envp;
	return CALL;
}

hidden void _start_c(long *p)
{
	__libc_start_main(call_main, p[0], (char **)(p + 1), _init, _fini, 0);
}
