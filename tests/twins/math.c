/* What arch/wasm32/src/math and math.h make instructions of, against definitions that need no more
 * than arithmetic, truncation to integers and bits; and functions of musl that call them. */
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>

static int wrong;
static uint64_t state = 1;

static uint64_t bits(double x)
{
	return (union { double f; uint64_t i; }){ x }.i;
}

static double number(uint64_t i)
{
	return (union { uint64_t i; double f; }){ i }.f;
}

static void expect(double is, double should, const char *what, double x)
{
	if (bits(is) != bits(should) && !(is != is && should != should) && wrong++ < 10)
		printf("%s(%a) = %a, should be %a\n", what, x, is, should);
}

static uint64_t any(void)
{
	state ^= state << 13, state ^= state >> 7, state ^= state << 17;
	return state;
}

/* The sign of x is that of the result: of 0, too. */
static double with_sign(double magnitude, double x)
{
	return number((bits(magnitude) & ~(1ULL << 63)) | (bits(x) & 1ULL << 63));
}

static void test(double x)
{
	double a = with_sign(x, 0), down, up, whole, nearest, away;

	if (!(a < 0x1p52)) {
		down = up = whole = nearest = away = x;
	} else {
		double low = (long long)a, rest = a - low;
		int odd = (long long)a & 1, negative = bits(x) >> 63;
		whole = with_sign(low, x);
		down = with_sign(low + (negative && rest > 0), x);
		up = with_sign(low + (!negative && rest > 0), x);
		nearest = with_sign(low + (rest > 0.5 || (rest == 0.5 && odd)), x);
		away = with_sign(low + (rest >= 0.5), x);
	}
	expect(fabs(x), a, "fabs", x);
	expect(copysign(1, x), with_sign(1, x), "copysign", x);
	expect(floor(x), down, "floor", x);
	expect(ceil(x), up, "ceil", x);
	expect(trunc(x), whole, "trunc", x);
	expect(rint(x), nearest, "rint", x);
	expect(nearbyint(x), nearest, "nearbyint", x);
	expect(round(x), away, "round", x);
	if (a < LONG_MAX) {
		expect(lrint(x), nearest + 0.0, "lrint", x);
		expect(lround(x), away + 0.0, "lround", x);
	}
	if (x == (float)x) {
		expect(fabsf(x), a, "fabsf", x);
		expect(copysignf(1, x), with_sign(1, x), "copysignf", x);
		expect(floorf(x), down, "floorf", x);
		expect(ceilf(x), up, "ceilf", x);
		expect(truncf(x), whole, "truncf", x);
		expect(rintf(x), nearest, "rintf", x);
		expect(nearbyintf(x), nearest, "nearbyintf", x);
		expect(roundf(x), away, "roundf", x);
	}
}

/* x and what is next to it, of both signs and types. */
static void test_near(double x)
{
	for (int i = -2; i <= 2; i++) {
		test(number(bits(x) + i));
		test(-number(bits(x) + i));
	}
	x = (float)x;
	for (int i = -2; i <= 2; i++) {
		float f = (union { uint32_t i; float f; }){ (union { float f; uint32_t i; }){ x }.i + i }.f;
		test(f);
		test(-f);
	}
}

/* The greater of two, or the one that is a number; 0 is greater than -0. */
static double greater(double x, double y)
{
	if (x != x) return y;
	if (y != y || x > y) return x;
	return x == y && !(bits(x) >> 63) ? x : y;
}

static void test_pairs(const double *some, int n)
{
	for (int i = 0; i < n; i++) {
		for (int j = 0; j < n; j++) {
			for (int signs = 0; signs < 4; signs++) {
				double x = signs & 1 ? -some[i] : some[i], y = signs & 2 ? -some[j] : some[j];
				expect(fmax(x, y), greater(x, y), "fmax", x);
				expect(fmin(x, y), -greater(-x, -y), "fmin", x);
				expect(fmaxf(x, y), (float)greater((float)x, (float)y), "fmaxf", x);
				expect(fminf(x, y), (float)-greater((float)-x, (float)-y), "fminf", x);
			}
		}
	}
}

/* What is computed only for exceptions, which wasm has not, is the same without it. */
static void test_ends(void)
{
	volatile double zero = 0, inf = INFINITY, small = 0x1p-1074, large = 0x1p1023, nan = NAN;

	expect(exp(710), inf, "exp", 710);
	expect(exp(-746), 0, "exp", -746);
	expect(exp(-inf), 0, "exp", -inf);
	expect(exp2(-1075.5), 0, "exp2", -1075.5);
	expect(exp2(-1074), small, "exp2", -1074);
	expect(expf(-104), 0, "expf", -104);
	expect(pow(-zero, -1), -inf, "pow", -zero);
	expect(pow(zero, -2), inf, "pow", zero);
	expect(pow(-2, 1025), -inf, "pow", -2);
	expect(pow(-0x1p-600, 3), -zero, "pow", -0x1p-600);
	expect(pow(-8, 1/3.0), nan, "pow", -8);
	expect(powf(-zero, -3), -inf, "powf", -zero);
	expect(powf(zero, -0.5f), inf, "powf", zero);
	expect(powf(2, 128), inf, "powf", 2);
	expect(powf(2, -149), 0x1p-149, "powf", 2);
	expect(log(zero), -inf, "log", zero);
	expect(log(-1), nan, "log", -1);
	expect(log1p(-1), -inf, "log1p", -1);
	expect(sqrt(-1), nan, "sqrt", -1);
	expect(atan(small), small, "atan", small);
	expect(atanf(-0x1p-149f), -0x1p-149, "atanf", -0x1p-149);
	expect(atan(-inf), -0x1.921fb54442d18p0, "atan", -inf);
	expect(sinh(small), small, "sinh", small);
	expect(tanh(-inf), -1, "tanh", -inf);
	expect(tan(-small), -small, "tan", -small);
	expect(asin(2), nan, "asin", 2);
	expect(hypot(-inf, nan), inf, "hypot", -inf);
	expect(hypot(large, large), 0x1.6a09e667f3bcdp1023, "hypot", large);
	expect(nextafter(zero, -1), -small, "nextafter", zero);
	expect(nextafter(0x1.fffffffffffffp1023, inf), inf, "nextafter", large);
	expect(fma(large, 2, -inf), -inf, "fma", large);
	expect(tgamma(-zero), -inf, "tgamma", -zero);
	expect(tgamma(-3), nan, "tgamma", -3);
	expect(lgamma(-3), inf, "lgamma", -3);
}

int main(void)
{
	static const double special[] = { 0, 0x1p-1022, 0x1p-149, 0x1p-126, 0.25, 0.5, 1, 1.5, 2.5, 0x1p22, 0x1p23,
		0x1p24, 0x1p31, 0x1p32, 0x1p51, 0x1p52, 0x1p53, 0x1p63, 0x1p64, 0x1p127, 0x1p1023, INFINITY, NAN };

	for (int i = 0; i < sizeof special / sizeof *special; i++) test_near(special[i]);
	test_pairs(special, sizeof special / sizeof *special);
	for (int i = -3000; i < 3000; i++) test_near(i / 4.0);
	for (int i = 0; i < 200000; i++) {
		test(number(any()));
		test(number((any() & ~(2047ULL << 52)) | (1000 + any() % 80) << 52)); /* about 1 to 2^56 */
		test((float)number((any() & ~(2047ULL << 52)) | (1000 + any() % 60) << 52));
	}
	test_ends();
	puts(wrong ? "wrong" : "as it should be");
	return wrong;
}
