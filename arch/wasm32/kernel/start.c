/* The start: the kernel's own, and the block that a new process finds. */
#include "fd.h"
#include "memory.h"
#include "time.h"
#include "wasi.h"

INTERFACE void _initialize(void)
{
	time_initialize();
	fd_initialize();
}

#define AUX_WORDS 24
#define RANDOM_BYTES 16

static unsigned long *auxiliary(unsigned long *at, const void *random, const char *name)
{
	const unsigned long aux[AUX_WORDS] = {
		AT_PAGESZ, GRANULE, AT_UID, UID, AT_EUID, UID, AT_GID, GID, AT_EGID, GID,
		AT_HWCAP, 0, AT_CLKTCK, CLOCK_TICKS, AT_SECURE, 0,
		AT_RANDOM, (unsigned long)random, AT_EXECFN, (unsigned long)name, AT_NULL, 0,
	};

	__builtin_memcpy(at, aux, sizeof aux);
	return at + AUX_WORDS;
}

/* argc, argv, NULL, envp, NULL, auxv; then the strings. NULL without memory. */
INTERFACE unsigned long *__kernel_start(void)
{
	size_t argc = 0, argsize = 0, envc = 0, envsize = 0, words;
	unsigned long *block;
	char **argv, **envp, *strings;

	if (wasi_args_sizes_get(&argc, &argsize)) argc = argsize = 0;
	if (wasi_environ_sizes_get(&envc, &envsize)) envc = envsize = 0;
	words = 1 + argc + 1 + envc + 1 + AUX_WORDS;
	block = memory_region(words * sizeof *block + RANDOM_BYTES + argsize + envsize + 1, GRANULE);
	if (!block) return NULL;
	strings = (char *)(block + words) + RANDOM_BYTES;
	block[0] = argc;
	argv = (char **)(block + 1);
	envp = argv + argc + 1;
	if (argc) wasi_args_get(argv, strings);
	if (envc) wasi_environ_get(envp, strings + argsize);
	wasi_random_get(block + words, RANDOM_BYTES);
	auxiliary((unsigned long *)(envp + envc + 1), block + words,
		argc ? argv[0] : strings + argsize + envsize);
	return block;
}
