/* Bytes that end in a zero, and the components of a path. */
#ifndef TEXT_H
#define TEXT_H

#include "types.h"

size_t text_length(const char *s);

/* Whether the first n bytes are the same; how many precede the next slash. */
int text_same(const char *a, const char *b, size_t n);
size_t text_component(const char *s);

/* Whether the component of n bytes is "..". */
int text_is_dotdot(const char *s, size_t n);

/* Appends the components of path to out, each after a slash; "." is left out,
 * and ".." takes the last component away if collapse. Returns the new length. */
size_t text_append(char *out, size_t len, const char *path, int collapse);

#endif
