#include <string.h>
#include "terminated.h"

char *__strchrnul(const char *s, int c)
{
	return find_or_end(s, c);
}

weak_alias(__strchrnul, strchrnul);
