/* Files of the host's: their type, and how they are read, written and sought. */
#ifndef HOST_H
#define HOST_H

#include "fd.h"
#include "wasi.h"

/* Asks for an open file's WASI type, flags and rights; WASI's error. */
int host_ask(struct file *file, struct wasi_fdstat *stat);

/* WASI's type of an open file. The host is asked when it matters: that is a call
 * of its own, and most files are opened to be read or written and no more. */
int file_type(struct file *file);
int file_seekable(struct file *file);

long host_seek(struct file *file, i64 offset, int whence, off_t *result);
long host_read(struct file *file, const struct iovec *iov, int count, i64 offset);
long host_write(struct file *file, const struct iovec *iov, int count, i64 offset);

typedef long transfer_one(struct file *, const struct iovec *, i64);

/* One buffer after the other, up to the first that is not done whole. */
long file_each(transfer_one *act, struct file *file, const struct iovec *iov, int count,
	i64 offset);

#endif
