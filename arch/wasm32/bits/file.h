/* What stdio.h's inline functions use of musl's struct _IO_FILE and its flags
 * (src/internal/stdio_impl.h); include/layout.c holds the two together. */
struct __stream {
	unsigned __flags;
	unsigned char *__rpos, *__rend;
	void (*__close)(void);
	unsigned char *__wend, *__wpos;
	void *__no_use_1[5];
	unsigned char *__buf;
	void *__no_use_2[7];
	volatile int __lock;
	int __lbf;
} __attribute__((__may_alias__));

#define __STREAM(f) ((struct __stream *)(f))
#define __UNGET 8
#define __F_EOF 16
