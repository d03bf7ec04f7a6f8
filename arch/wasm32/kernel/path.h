/* Paths: where a guest's path lies, in preopened directories or in memory. */
#ifndef PATH_H
#define PATH_H

#include "linux.h"
#include "mount.h"

struct place {
	int kind;
	int dir;                  /* PLACE_HOST: WASI's fd of a directory ... */
	u64 *inheriting;          /* ..., the rights that it passes on, for path_inheriting, */
	const char *path;         /* ... and the path below it */
	size_t len;
	int slash;                /* the path ends in a slash */
	int number;               /* PLACE_DEVICE: its file kind; PLACE_FD: the guest's fd */
	struct spot spot;         /* PLACE_MEMORY */
	char given[2 * PATH_MAX]; /* from the root, without . or .. or doubled slashes */
};

/* Finds the place of a guest's path, relative to the guest's fd dirfd or the
 * current directory; 0 or -errno. how: enum path_how (a host that follows links
 * as it should is left to do it). A directory that only leads to preopened ones,
 * such as / itself, is PLACE_VIRTUAL. */
long path_resolve(int dirfd, const char *path, int how, struct place *place);

/* Follows the links at the end of a host's place, as far as they lead to places of
 * the same preopened directory: not every host does, and not in every call. */
long path_follow(struct place *place);

/* The error of the directory that a host's place is in. */
long path_parent(const struct place *place);

/* The last component of a path, where it is not a name. */
enum path_last { PATH_NAME, PATH_DOT, PATH_DOTDOT };
int path_last(const char *path);

/* Like path_resolve with PATH_ENTRY; EROFS where nothing can be changed. */
long path_resolve_change(int dirfd, const char *path, struct place *place);

/* The error of path_resolve for what was to be made: -EROFS instead of -ENOENT
 * in a directory that only leads to others. */
long path_new(struct place *place, long error);

/* The name of the directory or file that is, or was, at a place's given path:
 * without links, as far as can be seen. Its length, or -errno. */
long path_canonical(const char *given, char name[PATH_MAX]);

/* Takes the links out of the way to a host's place, but not one at its end. */
long path_settle(struct place *place);

/* Makes a directory of that name the current one; forgets it where it was removed
 * or moved: to is where, given as a place's, or NULL. */
void path_enter(const char *name, size_t n);
void path_left(const char *given, const char *to);

/* Has the rights that a place of the host's is opened with at *place->inheriting;
 * WASI's error. They are asked for once: each time would be a call of the host's. */
int path_inheriting(const struct place *place);

#endif
