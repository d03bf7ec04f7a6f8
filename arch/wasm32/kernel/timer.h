/* The timers of a process. */
#ifndef TIMER_H
#define TIMER_H

#include "types.h"

/* clocktimer.c's, if one was made: as process_watch. */
extern u64 (*timer_others)(void);

/* A timer was set. */
void timer_armed(void);

#endif
