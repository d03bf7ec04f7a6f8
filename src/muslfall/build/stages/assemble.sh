# assemble.sh IN OUT COMMAND...: run an assembler on what compile.sh left in IN.
#
# The command reads assembly from standard input and writes OUT. A record of a
# rejection in IN passes through to OUT; what the assembler rejects becomes one,
# as in compile.sh. Only what it rejects as it is goes through functype.awk: few
# files need that, for the others it changes no byte, and it is a process more.
# PYTHON: the interpreter that writes the record; only a rejection starts it.
in=$1
out=$2
shift 2
read -r first < "$in"
case $first in
"# muslfall: rejected") exec cp "$in" "$out" ;;
esac
"$@" < "$in" 2> /dev/null && exit 0
# Not in a pipe, where its failure would be an empty input, and that makes an object, too.
typed=$(awk -f src/muslfall/build/stages/functype.awk "$in") || exit
message=$(printf '%s\n' "$typed" | "$@" 2>&1) && exit 0
status=$?
# As in compile.sh: what fails only now and then is no result.
printf '%s\n' "$typed" | "$@" > /dev/null 2>&1
again=$?
if [ $again -ne $status ]; then
    echo "muslfall: error: $1: ended with status $status, and then, for the same file, with $again" >&2
    rm -f "$out"
    exit 1
fi
printf '%s' "$message" | "$PYTHON" -m muslfall.libc.rejection "$out" assemble "$status" "$1"
