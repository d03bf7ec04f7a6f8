/* Waiting for a time, a signal, a futex. */
#ifndef WAIT_H
#define WAIT_H

#include "time.h"

/* Waits until the monotonic time, or until a signal can be delivered: then
 * -EINTR. If nothing can ever end the wait, neither does the process go on. */
long wait_until(u64 until);

#endif
