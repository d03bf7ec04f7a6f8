/* What the guest's one tree is made of: preopened directories, memory, devices. */
#ifndef MOUNT_H
#define MOUNT_H

#include "tmpfs.h"

enum place_kind { PLACE_HOST, PLACE_MEMORY, PLACE_VIRTUAL, PLACE_DEVICE, PLACE_FD };

struct preopen {
	int fd;
	size_t len;
	u64 inheriting; /* the rights that it passes on, 0 before they were asked for */
	char path[256]; /* absolute; "" for the root */
};

/* What covers an absolute path: a preopened directory, a root in memory, or nothing. */
struct area {
	struct preopen *host;
	struct node *root;
	size_t len; /* of its own name */
};

struct area mount_area(const char *absolute);

/* A device, or one of the standard streams, by its name: its place_kind and its
 * file kind or fd; NULL if it is none. */
struct device {
	const char *path;
	int kind, number;
};

const struct device *mount_device(const char *absolute);

/* Whether the path goes through a device, as if through a directory. */
int mount_passes_device(const char *absolute);

/* Whether it only leads to other places. */
int mount_is_virtual(const char *absolute);

/* The index-th name, from 0, in a virtual directory; NULL after the last. */
const char *mount_name(const char *absolute, int index, size_t *len);

/* Where a process begins: the first preopened directory, if / is not one. */
const char *mount_first(void);

/* Whether the host takes "name/.." out of a path as text, whatever name is. */
int mount_is_textual(void);

#endif
