/* The tag that longjmp throws, which the zig wheel's own runtime of setjmp leaves to others. */
__asm__(
	".globl __c_longjmp\n"
	".tagtype __c_longjmp i32\n"
	"__c_longjmp:\n"
);
