/* The generic one defines what lock.h says is hidden without having seen it: so it is only where
 * some other file calls it, and here (../../lock.h) none does. */
#include "pthread_impl.h"
#include "lock.h"
#include <../thread/__lock.c>
