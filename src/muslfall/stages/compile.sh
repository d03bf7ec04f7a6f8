# compile.sh OUT COMMAND...: run a compiler; what it rejects is a result.
#
# The command writes OUT. When it fails, OUT becomes the record of the rejection
# (muslfall.rejection), or, when it failed for a reason that lies outside the
# input, such as a full disk, this fails too.
# PYTHON: the interpreter that writes the record; only a rejection starts it.
out=$1
shift
message=$("$@" 2>&1) && exit 0
status=$?
printf '%s' "$message" | "$PYTHON" -m muslfall.rejection "$out" compile "$status" "$1"
