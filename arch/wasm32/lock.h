/* Instead of musl's src/internal/lock.h. Without the atomics feature there is one thread, and
 * nothing to wait for: not even a call to find that out. */
#include_next <lock.h>
#ifndef __wasm_atomics__
#undef LOCK
#undef UNLOCK
#define LOCK(x) ((void)(x))
#define UNLOCK(x) ((void)(x))
#endif
