/* The one process: what it is. */
#ifndef PROCESS_H
#define PROCESS_H

#include "linux.h"

/* The permissions that new files do not get. */
mode_t process_umask(void);

#endif
