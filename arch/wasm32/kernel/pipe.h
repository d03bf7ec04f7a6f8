/* Pipes: a ring of bytes inside the kernel. */
#ifndef PIPE_H
#define PIPE_H

#include "fd.h"

#define PIPE_SIZE 65536UL

size_t pipe_unread(struct file *file);

/* The poll events that hold for one end now. */
int pipe_events(struct file *file);

#endif
