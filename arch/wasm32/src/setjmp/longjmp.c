#include <setjmp.h>
#include <stdint.h>
#include "features.h"

/* The runtime of clang's -mllvm -wasm-enable-sjlj: a function that calls
 * setjmp keeps an invocation id of its own and a label per call; longjmp
 * throws the tag __c_longjmp with a pointer to the buffer's argument, and
 * every such function catches it and asks whether the buffer is its own
 * (llvm/lib/Target/WebAssembly/WebAssemblyLowerEmscriptenEHSjLj.cpp). */

struct wasm_jmp_buf {
	void *invocation;
	uint32_t label;
	struct {
		void *buf;
		int value;
	} argument;
};

_Static_assert(sizeof(struct wasm_jmp_buf) <= sizeof(__jmp_buf), "bits/setjmp.h");

/* The tag takes one pointer. C has no word for a tag. */
__asm__(
	".globl __c_longjmp\n"
	".tagtype __c_longjmp i32\n"
	"__c_longjmp:\n"
);

void __wasm_setjmp(void *buf, uint32_t label, void *invocation)
{
	struct wasm_jmp_buf *jb = buf;
	jb->invocation = invocation;
	jb->label = label;
}

uint32_t __wasm_setjmp_test(void *buf, void *invocation)
{
	struct wasm_jmp_buf *jb = buf;
	return jb->invocation == invocation ? jb->label : 0;
}

void __wasm_longjmp(void *buf, int value)
{
	struct wasm_jmp_buf *jb = buf;
	jb->argument.buf = buf;
	jb->argument.value = value ? value : 1;
	__builtin_wasm_throw(1, &jb->argument);
}

/* For callers that were not compiled for it, such as siglongjmp. */
_Noreturn void longjmp(jmp_buf buf, int value)
{
	__wasm_longjmp(buf, value);
	__builtin_unreachable();
}

weak_alias(longjmp, _longjmp);
