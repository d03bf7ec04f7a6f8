#!/usr/bin/env bash
# clang's own assembly for wasm of a file that calls an alias is refused by clang's assembler.
#
# One would guess: what `clang -S` writes, `clang -c` of the same release assembles, and the object is that
# of `clang -c` from C. It happens: the assembly has no .functype for the alias, and a call to it is an error.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check ziglang==0.17.1
export ZIG_GLOBAL_CACHE_DIR="$work/cache" ZIG_LOCAL_CACHE_DIR="$work/cache"
zig=$(find "$work/venv" -name zig -type f -perm -u+x | head -n 1)
cat > "$work/a.c" <<'C'
int one(int x) { return x + 1; }
extern __typeof(one) other __attribute__((weak, alias("one")));
int two(int x) { return other(x) + other(2 * x); }
C
clang=("$zig" clang --target=wasm32-unknown-unknown -O1 -fno-inline)
"${clang[@]}" --version | head -n 1
"${clang[@]}" -c "$work/a.c" -o "$work/direct.o" && echo "from C: an object of $(wc -c < "$work/direct.o") bytes"
"${clang[@]}" -S "$work/a.c" -o "$work/a.s"
if "${clang[@]}" -c "$work/a.s" -o "$work/a.o" 2> "$work/said"; then
	echo "from its assembly: an object"
	exit 1
fi
echo "from its assembly: refused"
sed "s|$work/||" "$work/said"
grep -q functype "$work/said"
