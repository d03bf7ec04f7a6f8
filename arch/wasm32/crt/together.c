/* libkernel.a: the guest's data lie among the kernel's, ../kernel/apart.c. */
#include "memory.h"

const u8 memory_together = 1;
