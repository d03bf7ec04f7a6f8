/* Quicksort that is never quadratic: introsort (Musser 1997), with a habit of
 * pattern-defeating quicksort (Peters 2015): where a partition has nothing to
 * exchange, it tries whether all is nearly sorted already, which is linear.
 * COMPARE is a call of the caller's function, which makes this the body of
 * both qsort and qsort_r: an indirect call less than the one through the other.
 * However that function answers, nothing outside of the array is touched, and
 * what it is given lies in the array. */
#include <stddef.h>
#include <stdint.h>

#define FEW 12        /* elements, from here on sorted by insertion */
#define MANY 128      /* elements, from which on the pivot is sought among nine */
#define MOVES 8       /* of elements, after which nearly sorted is not what this is */

typedef struct { uint64_t v; } __attribute__((__packed__, __may_alias__)) word;
typedef struct { uint32_t v; } __attribute__((__packed__, __may_alias__)) half;

#define EXCHANGE(type, a, b) do { \
	type t = *(type *)(a); \
	*(type *)(a) = *(type *)(b); \
	*(type *)(b) = t; \
} while (0)

struct array {
	size_t width;
	void *compare, *arg;
};

static inline void swap(const struct array *s, char *a, char *b)
{
	size_t n = s->width;

	for (; n >= 8; n -= 8, a += 8, b += 8) EXCHANGE(word, a, b);
	for (; n >= 4; n -= 4, a += 4, b += 4) EXCHANGE(half, a, b);
	for (; n; n--, a++, b++) EXCHANGE(char, a, b);
}

static inline int less(const struct array *s, const char *a, const char *b)
{
	return COMPARE(s, a, b) < 0;
}

/* Sorts [low, high] by insertion; 0 if that would take more moves than `moves`. */
static int insert(const struct array *s, char *low, char *high, size_t moves)
{
	size_t w = s->width;

	for (char *at = low + w; at <= high; at += w)
		for (char *p = at; p > low && less(s, p, p - w); p -= w) {
			if (!moves--) return 0;
			swap(s, p, p - w);
		}
	return 1;
}

static void sift(const struct array *s, char *low, size_t root, size_t count)
{
	size_t w = s->width, child;

	for (; (child = 2*root + 1) < count; root = child) {
		if (child + 1 < count && less(s, low + child*w, low + (child+1)*w)) child++;
		if (!less(s, low + root*w, low + child*w)) return;
		swap(s, low + root*w, low + child*w);
	}
}

static void heapsort(const struct array *s, char *low, size_t count)
{
	for (size_t i = count/2; i--;) sift(s, low, i, count);
	while (--count) {
		swap(s, low, low + count*s->width);
		sift(s, low, 0, count);
	}
}

/* Of three elements the one in the middle. */
static char *median(const struct array *s, char *a, char *b, char *c)
{
	if (less(s, b, a)) {
		char *t = a;
		a = b, b = t;
	}
	if (!less(s, c, b)) return b;
	return less(s, c, a) ? a : c;
}

static char *pivot(const struct array *s, char *low, char *high, size_t count)
{
	size_t step = count/8 * s->width;
	char *middle = low + count/2 * s->width;

	if (count < MANY) return median(s, low, middle, high);
	return median(s,
		median(s, low, low + step, low + 2*step),
		median(s, middle - step, middle, middle + step),
		median(s, high - 2*step, high - step, high));
}

/* Hoare's partition by the element at low, which goes where it is given back: no less before,
 * no greater after. *swapped: whether anything had to be exchanged. */
static char *partition(const struct array *s, char *low, char *high, int *swapped)
{
	char *i = low, *j = high + s->width;

	*swapped = 0;
	for (;;) {
		do i += s->width; while (i < j && i <= high && less(s, i, low));
		do j -= s->width; while (j > low && less(s, low, j));
		if (i >= j) break;
		swap(s, i, j);
		*swapped = 1;
	}
	if (j != low) swap(s, low, j);
	return j;
}

/* limit: how many more partitions in a row before heapsort takes over. */
static void sort(const struct array *s, char *low, char *high, int limit)
{
	size_t w = s->width;

	while (low < high) {
		size_t count = (high - low)/w + 1;
		int swapped;
		char *p;

		if (count <= FEW) {
			insert(s, low, high, -1);
			return;
		}
		if (!limit--) {
			heapsort(s, low, count);
			return;
		}
		p = pivot(s, low, high, count);
		if (p != low) swap(s, low, p);
		p = partition(s, low, high, &swapped);
		if (!swapped && (p == low || insert(s, low, p - w, MOVES)) && insert(s, p + w, high, MOVES))
			return;
		if (p - low < high - p) {
			if (p > low) sort(s, low, p - w, limit);
			low = p + w;
		} else {
			sort(s, p + w, high, limit);
			if (p == low) return;
			high = p - w;
		}
	}
}

static inline void sort_array(void *base, size_t count, const struct array *s)
{
	int limit = 0;
	char *high;

	if (count < 2 || !s->width) return;
	high = (char *)base + (count-1)*s->width;
	if (insert(s, base, high, MOVES)) return;
	for (size_t n = count; n; n >>= 1) limit += 2;
	sort(s, base, high, limit);
}
