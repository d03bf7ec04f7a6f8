/* What programs call and the WASI libc has not: each fails, or does nothing. */
#include <stdio.h>
#include <stdlib.h>
#undef L_tmpnam
#define L_tmpnam 20
#define fchown(fd, user, group) 0
#define system(command) (-1)
#define tmpnam(name) ((char *)0)
#define tmpfile() ((FILE *)0)
