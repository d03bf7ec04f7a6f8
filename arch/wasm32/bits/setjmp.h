/* What clang's setjmp lowering keeps: the invocation's id, the label, and
 * longjmp's argument (a pointer and an int); the rest is room to grow. */
typedef unsigned long __jmp_buf[8];

/* clang lowers calls of setjmp, by that name, in the function that returns
 * twice: what calls it for the program must become a part of that function.
 * Not under sigsetjmp's own name: of a function that clang knows, it drops
 * the attribute without which this is not inlined. */
#if defined(_POSIX_SOURCE) || defined(_POSIX_C_SOURCE) \
 || defined(_XOPEN_SOURCE) || defined(_GNU_SOURCE) \
 || defined(_BSD_SOURCE)
struct __jmp_buf_tag;
int setjmp (struct __jmp_buf_tag *) __attribute__((__returns_twice__));
void __sigsetjmp_save (struct __jmp_buf_tag *, int);
extern __inline
__attribute__((__gnu_inline__, __always_inline__, __returns_twice__))
int __sigsetjmp_inline (struct __jmp_buf_tag *__buf, int __save)
{
	__sigsetjmp_save(__buf, __save);
	return setjmp(__buf);
}
#define sigsetjmp __sigsetjmp_inline
#define _setjmp setjmp
#endif
