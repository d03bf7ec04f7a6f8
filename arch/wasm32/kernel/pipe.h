/* Pipes: a ring of bytes inside the kernel. */
#ifndef PIPE_H
#define PIPE_H

#include "fd.h"

#define PIPE_SIZE 65536UL

size_t pipe_unread(struct file *file);

/* Makes the file an end of a FIFO, whose pipe is there while it is open; -ENXIO to
 * write without a reader. */
long pipe_open(struct file *file, struct pipe **fifo, int flags);

/* The poll events that hold for one end now. */
int pipe_events(struct file *file);

#endif
