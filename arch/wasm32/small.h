/* Blocks too small for memory.copy and memory.fill, whose calls into the
 * engine take as long as 64 bytes of these. Any address is good for wasm. */
#include <stddef.h>
#include "words.h"

#define SMALL 64

/* All is loaded before anything is stored: the blocks may overlap. */
static inline void copy_small(char *d, const char *s, size_t n)
{
	if (n > 32) {
		uint64_t a = W(s, 0), b = W(s, 8), c = W(s, 16), e = W(s, 24);
		uint64_t f = W(s, n-32), g = W(s, n-24), h = W(s, n-16), i = W(s, n-8);
		W(d, 0) = a, W(d, 8) = b, W(d, 16) = c, W(d, 24) = e;
		W(d, n-32) = f, W(d, n-24) = g, W(d, n-16) = h, W(d, n-8) = i;
	} else if (n > 16) {
		uint64_t a = W(s, 0), b = W(s, 8), c = W(s, n-16), e = W(s, n-8);
		W(d, 0) = a, W(d, 8) = b, W(d, n-16) = c, W(d, n-8) = e;
	} else if (n >= 8) {
		uint64_t a = W(s, 0), b = W(s, n-8);
		W(d, 0) = a, W(d, n-8) = b;
	} else if (n >= 4) {
		uint32_t a = H(s, 0), b = H(s, n-4);
		H(d, 0) = a, H(d, n-4) = b;
	} else if (n) {
		char a = s[0], b = s[n/2], c = s[n-1];
		d[0] = a, d[n/2] = b, d[n-1] = c;
	}
}

static inline void fill_small(char *d, int c, size_t n)
{
	if (n < 4) {
		if (n) d[0] = d[n/2] = d[n-1] = c;
	} else if (n <= 8) {
		H(d, 0) = H(d, n-4) = (unsigned char)c * 0x01010101U;
	} else {
		uint64_t v = (unsigned char)c * 0x0101010101010101ULL;
		W(d, 0) = W(d, n-8) = v;
		if (n > 16) W(d, 8) = W(d, n-16) = v;
		if (n > 32) W(d, 16) = W(d, 24) = W(d, n-32) = W(d, n-24) = v;
	}
}
