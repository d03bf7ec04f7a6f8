/* The one process: its signals, and its end. */
#ifndef PROCESS_H
#define PROCESS_H

#include "linux.h"

/* What a syscall has to do before it returns: process_deliver, or nothing. A
 * pointer, so that a program that is linked with the kernel and cannot have
 * signals has no part of it. */
extern void (*process_due)(void);

/* Makes a signal from the kernel pending. */
void process_signal(int sig);

/* Whether a pending, unblocked signal has a handler or ends the process. */
int process_interrupted(void);

/* Runs the handlers of what is pending and not blocked, or ends the process. */
void process_deliver(void);

/* Looks again whether process_due holds. */
void process_update(void);

/* Sets another mask and returns the old one. */
sigset_t process_mask(sigset_t mask);

/* The permissions that new files do not get. */
mode_t process_umask(void);

/* Ends the process. status: as a shell has it. */
__attribute__((noreturn)) void process_exit(int status);

/* The same: its one thread waits for what nobody can do. */
__attribute__((noreturn)) void process_deadlock(void);

#endif
