/* What clang's setjmp lowering keeps: the invocation's id, the label, and
 * longjmp's argument (a pointer and an int); the rest is room to grow. */
typedef unsigned long __jmp_buf[8];
