/* kernel.wasm: its data are nobody else's. */
#include "memory.h"

const u8 memory_together = 0;
