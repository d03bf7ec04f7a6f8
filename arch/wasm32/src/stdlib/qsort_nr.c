#include <stdlib.h>

typedef int compare(const void *, const void *);

#define COMPARE(s, a, b) ((compare *)(s)->compare)(a, b)
#include "sort.h"

void qsort(void *base, size_t count, size_t width, compare *order)
{
	struct array s = { width, (void *)order, 0 };

	sort_array(base, count, &s);
}
