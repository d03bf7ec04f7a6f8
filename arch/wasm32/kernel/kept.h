/* What WASI cannot keep of a host's file, kept for this process: permissions, times
 * that it has no room for, and that a file is a FIFO. */
#ifndef KEPT_H
#define KEPT_H

#include "linux.h"
#include "wasi.h"

struct kept_acts {
	/* Puts it into what is told of a file. */
	void (*apply)(const struct wasi_filestat *file, struct statx *out);

	/* A name of the file was removed. */
	void (*forget)(const struct wasi_filestat *file);
};

/* Once something was kept, NULL before. */
extern const struct kept_acts *kept_acts;

/* Once there was a FIFO: where the pipe is of a file that is one, or NULL. */
extern struct pipe **(*kept_fifo)(const struct wasi_filestat *file);

/* mode: with a type, if that is not the host's. 0 or -ENOMEM. */
long kept_mode(const struct wasi_filestat *file, mode_t mode);

/* at: what was asked for, in nanoseconds modulo 2^64; file: what the host has of it. */
long kept_times(const struct wasi_filestat *file, const u64 at[2]);

#endif
