#!/usr/bin/env bash
# A product of two long doubles by zig's compiler-rt may be wrong in the last place.
#
# One would guess: a software product of two normal IEEE binary128 numbers is rounded correctly, as libgcc
# rounds it. It happens: of products of numbers with long runs of ones and zeros, some are the neighbour
# of the right one. `long double` is binary128 on wasm32; the products are checked with exact integers.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check ziglang==0.17.1 wasmtime==50.0.1
cat > "$work/a.c" <<'C'
#include <stdint.h>
#include <string.h>
typedef struct { uint64_t low, high; } bits;
bits xs[20000], ys[20000], products[20000];
static uint64_t state = 1;
static uint64_t next(void)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return state ^ state >> 29;
}
/* Long runs of ones and of zeros, where a rounding shows. */
static uint64_t run_of(uint64_t x)
{
	return x & 64 ? -1ull << x % 64 : x & 128 ? (1ull << x % 64) - 1 : 1ull << x % 64;
}
static bits number(void)
{
	return (bits){run_of(next() >> 20), (run_of(next() >> 20) & 0xffffffffffff) | 0x3fff000000000000};
}
__attribute__((export_name("run"))) bits *run(void)
{
	for (int i = 0; i < 20000; i++) {
		long double x, y, product;
		xs[i] = number(), ys[i] = number();
		memcpy(&x, &xs[i], 16), memcpy(&y, &ys[i], 16);
		product = x * y;
		memcpy(&products[i], &product, 16);
	}
	return products;
}
__attribute__((export_name("x"))) bits *x(void) { return xs; }
__attribute__((export_name("y"))) bits *y(void) { return ys; }
C
export ZIG_GLOBAL_CACHE_DIR="$work/cache" ZIG_LOCAL_CACHE_DIR="$work/cache"
"$work/venv/bin/python" -m ziglang cc -target wasm32-wasi -O2 -mexec-model=reactor "$work/a.c" -o "$work/a.wasm"
echo "ziglang 0.17.1 ($("$work/venv/bin/python" -m ziglang version))"
cat > "$work/check.py" <<'PY'
import struct, sys
import wasmtime as w
engine = w.Engine()
store, linker = w.Store(engine), w.Linker(engine)
store.set_wasi(w.WasiConfig())
linker.define_wasi()
exports = linker.instantiate(store, w.Module.from_file(engine, sys.argv[1])).exports(store)
exports["_initialize"](store)
def table(name):
    at = exports[name](store)
    return list(struct.iter_unpack("<QQ", exports["memory"].read(store, at, at + 16 * 20000)))
products, xs, ys = table("run"), table("x"), table("y")
def parts(low, high):
    return (high >> 48) - 16383 - 112, (1 << 112) | (high & (1 << 48) - 1) << 64 | low
def rounded(a, b):
    power, exact = a[0] + b[0], a[1] * b[1]
    drop = exact.bit_length() - 113
    kept, rest, half = exact >> drop, exact & (1 << drop) - 1, 1 << drop - 1
    kept += rest > half or rest == half and kept & 1
    return (power + drop + 1, kept >> 1) if kept >> 113 else (power + drop, kept)
wrong = sum(rounded(parts(*x), parts(*y)) != parts(*p) for x, y, p in zip(xs, ys, products))
print(f"wrong products: {wrong} of {len(products)}")
sys.exit(not 0 < wrong < len(products) // 10)
PY
"$work/venv/bin/python" "$work/check.py" "$work/a.wasm"
