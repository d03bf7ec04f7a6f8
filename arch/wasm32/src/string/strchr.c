#include <string.h>
#include "terminated.h"

char *strchr(const char *s, int c)
{
	char *r = find_or_end(s, c);
	return *r == (char)c ? r : 0;
}
