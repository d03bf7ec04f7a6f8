/* Shared mappings of the host's files. WASI cannot map, and no one else sees
 * wasm's memory: a mapping is a copy, which is kept like the file wherever the
 * guest could tell the two apart. Addresses are multiples of GRANULE, counts
 * are granules. */
#ifndef MAPPING_H
#define MAPPING_H

#include "fd.h"

extern const struct mapping_acts mapping_kept;

#endif
