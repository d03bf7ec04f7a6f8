# builtins.sh ROOT OUT WORK ZIG...: compiler-rt, without what is the libc's.
#
# zig's compiler-rt also has functions of C's, for programs without a libc: sin, memcpy, their
# kin. A program linked with them would use them instead of musl's. They are taken out of a
# copy of ROOT, in WORK; the rest is built as it is.
root=$1
out=$2
work=$3
shift 3
libc='ceil|cos|exp|exp2|fabs|floor|floor_ceil|fma|fmax|fmin|fmod|log|log10|log2|round|sin|sincos'
libc="$libc|sqrt|tan|trunc|memcpy|memmove|memset|memcmp|bcmp|strlen|ssp"
rm -rf "$work" || exit
mkdir -p "$work/cache" || exit
name=$(basename "$root" .zig)
cp -r "$(dirname "$root")/$name" "$work/$name" || exit
sed -E -e "/^ *_ = @import\(\"compiler_rt\/($libc)\.zig\"\);/d" \
	-e "/^ *symbol\(&($libc), \"[a-z]+\"\);/d" "$root" > "$work/$name.zig" || exit
export ZIG_GLOBAL_CACHE_DIR="$work/cache" ZIG_LOCAL_CACHE_DIR="$work/cache"
zig=$1
shift
"$zig" build-obj "$work/$name.zig" "$@" -femit-bin="$out" && rm -rf "$work"
