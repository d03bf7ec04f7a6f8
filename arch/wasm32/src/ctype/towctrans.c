/* The generic one's tables, read with fewer steps, of which ASCII needs none. */
#include <wctype.h>

static const unsigned char tab[];
static const unsigned char rulebases[512];
static const int rules[];
static const unsigned char exceptions[][2];

#include <../ctype/casemap.h> /* by musl's -Isrc/include */

/* c with a rule applied: the low byte says whether it is one of lower (0) or of upper case (1), the
 * rest is what to add to change that. */
static inline wint_t changed(wint_t c, int rule, int upper)
{
	return (rule & 255) == upper ? c : c + (rule >> 8);
}

/* c, for which block c>>8 has exceptions, at most `count` from `first` on, sorted by low byte. */
__attribute__((__noinline__))
static wint_t exception(wint_t c, unsigned first, unsigned count, int upper)
{
	while (count) {
		unsigned middle = first + count/2, low = exceptions[middle][0];
		if (low == (c & 255)) {
			int rule = rules[exceptions[middle][1]];
			if ((rule & 255) < 2) return changed(c, rule, upper);
			/* titlecase, between its two */
			return c + (upper ? -1 : 1);
		}
		if (low < (c & 255)) first = middle, count -= count/2;
		else count /= 2;
	}
	return c;
}

static inline wint_t in_case(wint_t c, int upper)
{
	unsigned block = c >> 8, low = c & 255, third, kind;
	int rule;

	if (c < 128) return c - 'A' - upper*32 < 26 ? c ^ 32 : c;
	if (c >= 0x20000) return c;

	/* Three characters to a byte, in base 6, each the number of one of the block's rules. */
	third = low*171 >> 9;
	kind = tab[tab[block]*86 + third] * (0x003901560800 >> (low - 3*third)*16 & 65535) >> 11;
	rule = rules[rulebases[block] + kind%6];
	if ((rule & 255) < 2) return changed(c, rule, upper);
	return exception(c, rule >> 16 & 65535, rule >> 8 & 255, upper);
}

wint_t towlower(wint_t c)
{
	return in_case(c, 0);
}

wint_t towupper(wint_t c)
{
	return in_case(c, 1);
}

wint_t __towupper_l(wint_t c, locale_t l)
{
	return in_case(c, 1);
}

wint_t __towlower_l(wint_t c, locale_t l)
{
	return in_case(c, 0);
}

weak_alias(__towupper_l, towupper_l);
weak_alias(__towlower_l, towlower_l);
