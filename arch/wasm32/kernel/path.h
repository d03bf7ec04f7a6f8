/* Paths: where a guest's path lies among the preopened directories. */
#ifndef PATH_H
#define PATH_H

#include "linux.h"

enum place_kind { PLACE_HOST, PLACE_VIRTUAL, PLACE_DEVICE, PLACE_FD };

struct place {
	int kind;
	int dir;                  /* PLACE_HOST: WASI's fd of a directory ... */
	const char *path;         /* ... and the path below it */
	size_t len;
	int number;               /* PLACE_DEVICE: its file kind; PLACE_FD: the guest's fd */
	char absolute[2 * PATH_MAX]; /* without ., .. or doubled slashes; "" for the root */
	char given[2 * PATH_MAX];
};

/* Finds the place of a guest's path, relative to the guest's fd dirfd or the
 * current directory; 0 or -errno. A directory that only leads to preopened
 * ones, such as / itself, is PLACE_VIRTUAL. */
long path_resolve(int dirfd, const char *path, struct place *place);

/* Like path_resolve, for what works on the host's files alone: EROFS elsewhere,
 * and no slash at the end of the path. */
long path_resolve_host(int dirfd, const char *path, struct place *place);

/* The index-th name, from 0, in a virtual directory; NULL after the last. */
const char *path_virtual_name(const char *absolute, int index, size_t *len);

/* Finds the preopened directories; the first one is current if / is not one. */
void path_initialize(void);

#endif
