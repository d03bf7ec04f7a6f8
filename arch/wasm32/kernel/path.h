/* Paths: where a guest's path lies, in preopened directories or in memory. */
#ifndef PATH_H
#define PATH_H

#include "linux.h"
#include "tmpfs.h"

enum place_kind { PLACE_HOST, PLACE_MEMORY, PLACE_VIRTUAL, PLACE_DEVICE, PLACE_FD };

struct place {
	int kind;
	int dir;                  /* PLACE_HOST: WASI's fd of a directory ... */
	u64 *inheriting;          /* ..., the rights that it passes on, for path_inheriting, */
	const char *path;         /* ... and the path below it */
	size_t len;
	int number;               /* PLACE_DEVICE: its file kind; PLACE_FD: the guest's fd */
	struct spot spot;         /* PLACE_MEMORY */
	char given[2 * PATH_MAX]; /* from the root, without . or doubled slashes; "" for the root */
	char absolute[2 * PATH_MAX]; /* without .. too, as if no component were a link */
};

/* Finds the place of a guest's path, relative to the guest's fd dirfd or the
 * current directory, behind a link at its end if follow (the host's links are
 * left to the host); 0 or -errno. A directory that only leads to preopened
 * ones, such as / itself, is PLACE_VIRTUAL. */
long path_resolve(int dirfd, const char *path, int follow, struct place *place);

/* Whether a path that was resolved ends in a component "." of its own. */
int path_ends_in_dot(const char *path);

/* Like path_resolve, for changes of directories: EROFS where none can be, and
 * for the host no slash at the end of the path. */
long path_resolve_change(int dirfd, const char *path, int follow, struct place *place);

/* The error of path_resolve for what was to be made: -EROFS instead of -ENOENT
 * in a directory that only leads to others. */
long path_new(struct place *place, long error);

/* The name of the directory or file that is, or was, at a place's given path:
 * without links, as far as can be seen. Its length, or -errno. */
long path_canonical(const char *given, char name[PATH_MAX]);

/* The index-th name, from 0, in a virtual directory; NULL after the last. */
const char *path_virtual_name(const char *absolute, int index, size_t *len);

/* Has the rights that a place of the host's is opened with at *place->inheriting;
 * WASI's error. They are asked for once: each time would be a call of the host's. */
int path_inheriting(const struct place *place);

#endif
