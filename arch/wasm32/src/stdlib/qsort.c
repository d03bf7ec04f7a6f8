#define _BSD_SOURCE
#include <stdlib.h>

typedef int compare(const void *, const void *, void *);

#define COMPARE(s, a, b) ((compare *)(s)->compare)(a, b, (s)->arg)
#include "sort.h"

void __qsort_r(void *base, size_t count, size_t width, compare *order, void *arg)
{
	struct array s = { width, (void *)order, arg };

	sort_array(base, count, &s);
}

weak_alias(__qsort_r, qsort_r);
