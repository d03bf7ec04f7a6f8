/* For the headers in arch/wasm32/include, which define small functions inline:
 * a call into another module takes 1.3 to 2 ns, and no engine inlines it.
 *
 * gnu_inline: what is defined is for calls alone, so that &toupper is libc's in
 * every module, and a program may define its own. A case that is not handled is
 * a call of __libc_NAME, which is the same symbol by a name that LLVM takes for
 * another (LangRef, Identifiers: after \1 a name stands as it is), since a
 * function that calls itself is never inlined. */
#ifndef _BITS_INLINE_H
#define _BITS_INLINE_H

#if defined(__clang__) && defined(__OPTIMIZE__) && !defined(__OPTIMIZE_SIZE__) \
 && !defined(__NO_INLINE__) && !defined(__NO_LIBC_INLINES) && __STDC_HOSTED__
#define __LIBC_INLINES

#define __LIBC_INLINE extern __inline \
	__attribute__((__gnu_inline__, __always_inline__))

#define __LIBC_CALL(name) __typeof__(name) __libc_##name __asm__("\001" #name)

/* A function that is too large for that: a copy of its own in each module that
 * calls it, whichever of its objects that is in. */
#define __LIBC_COPY extern __inline \
	__attribute__((__gnu_inline__, __noinline__, __weak__, __visibility__("hidden")))

#endif

#endif
