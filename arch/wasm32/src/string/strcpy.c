#include <string.h>
#include "terminated.h"

char *strcpy(char *restrict d, const char *restrict s)
{
	copy_string(d, s);
	return d;
}
