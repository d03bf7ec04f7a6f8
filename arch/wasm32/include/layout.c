/* Compiled with the libc and linked with nothing: bits/file.h describes this musl's FILE. */
#include <stddef.h>
#include "stdio_impl.h"
#include "bits/file.h"

#define SAME(theirs, ours) _Static_assert( \
	offsetof(struct _IO_FILE, theirs) == offsetof(struct __stream, ours) \
	&& __builtin_types_compatible_p(__typeof__(((struct _IO_FILE *)0)->theirs), \
		__typeof__(((struct __stream *)0)->ours)), #theirs)

SAME(flags, __flags);
SAME(rpos, __rpos);
SAME(rend, __rend);
SAME(wend, __wend);
SAME(wpos, __wpos);
SAME(buf, __buf);
SAME(lock, __lock);
SAME(lbf, __lbf);
_Static_assert(UNGET == __UNGET, "UNGET");
_Static_assert(F_EOF == __F_EOF, "F_EOF");
