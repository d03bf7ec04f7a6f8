/* Directories: their listings, and the calls that change them. */
#ifndef DIRECTORY_H
#define DIRECTORY_H

#include "fd.h"

/* lseek of a directory: positions are those that getdents64 gave as d_off. */
long directory_seek(struct file *file, i64 offset, int whence, off_t *result);

/* Frees the listing of an open directory. */
void directory_forget(struct file *file);

#endif
