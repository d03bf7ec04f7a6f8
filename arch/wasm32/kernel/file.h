/* Reading and writing any open file. */
#ifndef FILE_H
#define FILE_H

#include "fd.h"

/* Read or write through checked iovecs in the kernel's memory; at the file's
 * position if offset is -1. Bytes done, or -errno. */
long file_read(struct file *file, struct iovec *iov, int count, i64 offset);
long file_write(struct file *file, struct iovec *iov, int count, i64 offset);

long file_seek(struct file *file, i64 offset, int whence, off_t *result);

/* limit.c's, once a limit was set: leaves what may be written of a list; 0 or -errno. */
extern long (*file_cut)(struct file *file, struct iovec *iov, int count, i64 offset);

/* open.c's, once a file was opened: for SEEK_DATA and SEEK_HOLE. */
extern long (*file_seek_data)(struct file *file, i64 offset, int whence, off_t *result);

/* Whether a file may have so many bytes, and SIGXFSZ if not. */
static inline int file_may_have(struct file *file, off_t size)
{
	struct iovec last = { NULL, 1 };

	return !file_cut || !size || !file_cut(file, &last, 1, size - 1);
}

#endif
