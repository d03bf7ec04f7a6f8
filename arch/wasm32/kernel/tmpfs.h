/* Files in the kernel's own memory: /tmp and /dev/shm, where no preopened
 * directory gives them. They end with the process. */
#ifndef TMPFS_H
#define TMPFS_H

#include "linux.h"

struct node;

/* What becomes of a link at the end of a path: it stays even before a slash, for
 * what changes the directory; it stays; it is followed; so it is, but a host's is
 * left to the caller. */
enum path_how { PATH_ENTRY, PATH_LINK, PATH_FOLLOW, PATH_LATER };

/* Where a path leads: node, or NULL if there is none, and then the directory
 * and the name that it would have. */
struct spot {
	struct node *dir, *node; /* dir is NULL for a root */
	const char *name;
	size_t len;
	int slash;               /* the path ends in a slash */
	const char *rest;        /* a link on the way: what follows it, ... */
	size_t walked;           /* ... and how much of the path precedes it */
};

/* The root that the absolute path lies in, and the length of its own name; or
 * NULL. */
struct node *tmpfs_root(const char *absolute, size_t *len);

/* The name of the index-th root, or NULL; of a root. */
const char *tmpfs_root_name(int index);
const char *tmpfs_name(const struct node *root);

/* Follows path from a root up to its end or up to the first link, the last one
 * as how says (enum path_how): then node is the link, and rest is set. 0 or
 * -errno. */
long tmpfs_walk(struct node *root, const char *path, int how, struct spot *spot);

/* The node for open, made, emptied and kept as its flags say; 0 or -errno. */
long tmpfs_open(struct spot *spot, int flags, mode_t mode);

/* A file without a name, kept; NULL without memory. */
struct node *tmpfs_nameless(void);
void tmpfs_drop(struct node *node);

int tmpfs_is_directory(const struct node *node);
const char *tmpfs_target(const struct node *link, size_t *len);
void tmpfs_stat(const struct node *node, struct statx *out);
void tmpfs_set_mode(struct node *node, mode_t mode);

/* flags as WASI's fd_filestat_set_times has them */
void tmpfs_set_times(struct node *node, const u64 at[2], int flags);

long tmpfs_read(struct node *node, u8 *buf, size_t size, u64 offset);
long tmpfs_write(struct node *node, const u8 *buf, size_t size, u64 offset);
u64 tmpfs_size(const struct node *node);
long tmpfs_resize(struct node *node, u64 size);

/* The address of count granules of a file, from a granule on, where they lie;
 * or -errno. After munmap took some of any file, tmpfs_unmapped is called. */
long tmpfs_map(struct node *node, size_t count, size_t granule);
void tmpfs_unmapped(void);

/* What was stored there is a change of the files whose memory that is. */
void tmpfs_synced(const void *address, size_t count);

/* The index-th entry of a directory; NULL after the last. */
const char *tmpfs_entry(const struct node *dir, size_t index, struct node **node);

long tmpfs_mkdir(struct spot *spot, mode_t mode);
long tmpfs_mkfifo(struct spot *spot, mode_t mode);

/* Where the pipe is of a node that is a FIFO, or NULL. */
struct pipe **tmpfs_fifo(struct node *node);
long tmpfs_symlink(struct spot *spot, const char *target, size_t len);
long tmpfs_link(struct node *old, struct spot *spot);
long tmpfs_unlink(struct spot *spot, int directory);
/* flags: of renameat2 */
long tmpfs_rename(struct spot *old, struct spot *new, unsigned flags);

#endif
