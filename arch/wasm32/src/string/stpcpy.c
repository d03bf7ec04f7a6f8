#include <string.h>
#include "terminated.h"

char *__stpcpy(char *restrict d, const char *restrict s)
{
	return copy_string(d, s);
}

weak_alias(__stpcpy, stpcpy);
