/* Reading and writing any open file. */
#ifndef FILE_H
#define FILE_H

#include "fd.h"

/* Read or write through checked iovecs in the kernel's memory; at the file's
 * position if offset is -1. Bytes done, or -errno. */
long file_read(struct file *file, const struct iovec *iov, int count, i64 offset);
long file_write(struct file *file, const struct iovec *iov, int count, i64 offset);

#endif
