/* bsearch and lfind, inline and the libc's: the same result by the same comparisons. */
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include "functions.h"

typedef int order(const void *, const void *);

LIBC(void *, bsearch, const void *, const void *, size_t, size_t, order *)
LIBC(void *, lfind, const void *, const void *, size_t *, size_t, order *)

static struct record { char pad[5]; signed char key; } records[40];
static unsigned long compared;

static int by_key(const void *key, const void *record)
{
	const struct record *r = record;

	compared = compared * 31 + (r - records) + 1;
	return *(const int *)key - r->key;
}

int main(void)
{
	void *found;
	unsigned long same;

	for (int i = 0; i < 40; i++) records[i].key = i / 3 * 5;
	for (size_t n = 0; n <= 40; n++) {
		for (int key = -1; key < 80; key++) {
			compared = 0, found = bsearch(&key, records, n, sizeof *records, by_key), same = compared;
			compared = 0;
			EXPECT(libc_bsearch(&key, records, n, sizeof *records, by_key) == found && compared == same,
				"bsearch(%d) of %zu\n", key, n);
			compared = 0, found = lfind(&key, records, &n, sizeof *records, by_key), same = compared;
			compared = 0;
			EXPECT(libc_lfind(&key, records, &n, sizeof *records, by_key) == found && compared == same,
				"lfind(%d) of %zu\n", key, n);
		}
	}
	EXPECT(bsearch(NULL, NULL, 0, 1, by_key) == NULL, "bsearch of nothing\n");
	puts(wrong ? "wrong" : "as it should be");
	return wrong;
}
