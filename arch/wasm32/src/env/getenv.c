/* The generic one calls strncmp for each variable; most differ in their first byte. */
#include <stdlib.h>
#include <unistd.h>

char *getenv(const char *name)
{
	size_t l = 0, i;
	char *found = 0;

	while (name[l] && name[l] != '=') l++;
	if (l && !name[l] && __environ)
		for (char **e = __environ; *e && !found; e++) {
			for (i = 0; i < l && (*e)[i] == name[i]; i++);
			if (i == l && (*e)[l] == '=') found = *e + l+1;
		}
	return found;
}
