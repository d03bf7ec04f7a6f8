/* Pipes: a ring of bytes inside the kernel. */
#ifndef PIPE_H
#define PIPE_H

#include "fd.h"

#define PIPE_SIZE 65536UL

long pipe_read(struct file *file, u8 *buf, size_t size);
long pipe_write(struct file *file, const u8 *buf, size_t size);
void pipe_close(struct file *file);
size_t pipe_unread(struct file *file);

/* The poll events that hold for one end now. */
int pipe_events(struct file *file);

#endif
