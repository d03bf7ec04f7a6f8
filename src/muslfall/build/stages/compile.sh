# compile.sh OUT COMMAND...: run a compiler; what it rejects is a result.
#
# The command writes OUT, and its list of headers to OUT.d. When it fails, OUT
# becomes the record of the rejection (muslfall.libc.rejection), or, when it failed for
# a reason that lies outside the input, such as a full disk, this fails too. What is
# rejected is rejected twice: a compiler that fails only now and then is no result.
# PYTHON: the interpreter that writes the record; only a rejection starts it.
out=$1
shift
message=$("$@" 2>&1) && exit 0
status=$?
"$@" > /dev/null 2>&1
again=$?
if [ $again -ne $status ]; then
    echo "muslfall: error: $1: ended with status $status, and then, for the same file, with $again" >&2
    rm -f "$out" "$out.d"
    exit 1
fi
# A compiler that gave up early has left no list: preprocess for one. A header that is not
# there leaves none again; a file that never is then makes the next build try anew.
[ -e "$out.d" ] || "$@" -E -MT "$out" -o /dev/null > /dev/null 2>&1
[ -e "$out.d" ] || echo "$out: $out.d.none" > "$out.d"
printf '%s' "$message" | "$PYTHON" -m muslfall.libc.rejection "$out" compile "$status" "$1" && exit 0
rm -f "$out.d"
exit 1
