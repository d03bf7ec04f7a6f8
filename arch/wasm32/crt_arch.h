/* A statically linked program gets its start block from the kernel, where
 * other archs find it on the stack. A dynamic one has no crt: LOADER.md. */
void _initialize(void);
long *__kernel_start(void);

__attribute__((__visibility__("hidden"))) void _start_c(long *);

__attribute__((__export_name__("_start")))
void _start(void)
{
	long *block;

	_initialize();
	block = __kernel_start();
	if (!block) __builtin_trap(); /* no memory */
	_start_c(block);
}
