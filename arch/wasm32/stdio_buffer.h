/* Buffers of 4 KiB for streams, where musl has 1 KiB, BUFSIZ. What fills one is a
 * call of the host's: 0.6 µs in node, 10 in wasmtime, where Linux takes 0.1; and
 * 8 KiB cost more after a seek than they gain (bench/libc.py stdio). A program's
 * BUFSIZ stays musl's, and so do setbuf and setvbuf. */
#include "stdio_impl.h"
#undef BUFSIZ
#define BUFSIZ 4096
