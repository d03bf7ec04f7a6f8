/* The process's signals. */
#ifndef SIGNAL_H
#define SIGNAL_H

#include "linux.h"

/* What a syscall has to do before it returns: process_deliver, or nothing. A
 * pointer, so that a program that is linked with the kernel and cannot have
 * signals has no part of it. */
extern void (*process_due)(void);

/* Timers, while one is armed, or nothing: raises the signals of those whose time has
 * come, and returns when the next one's will, by time_now, or FOREVER. */
extern u64 (*process_watch)(void);

/* Makes a signal from the kernel pending. */
void process_signal(int sig);

/* The same, with what a handler is told of it; -EAGAIN if no more can wait. */
long process_post(int sig, const struct siginfo *info);

/* What waits of a signal with such a code and pid, or NULL. */
struct siginfo *process_find(int sig, int code, int id);

/* Whether a pending, unblocked signal has a handler or ends the process. */
int process_interrupted(void);

/* Those of the set that are pending; takes the first of them, which is not empty,
 * from what is pending, and tells of it. */
sigset_t process_pending(sigset_t set);
int process_take(sigset_t set, struct siginfo *info);

/* Runs the handlers of what is pending and not blocked, or ends the process. */
void process_deliver(void);

/* Looks again whether process_due holds. */
void process_update(void);

/* Sets another mask and returns the old one; the mask. */
sigset_t process_mask(sigset_t mask);
sigset_t process_blocked(void);

#endif
