# exports.sh LIST OUT: what the libc exports, as flags of wasm-ld: what its assembly defines and
# none of it calls hidden. musl marks some internals hidden only where they are used; an ELF
# linker takes the strictest visibility of all, wasm-ld looks at the definition alone, so that
# --export-dynamic would export them.
# LIST has the objects that are linked; each one's assembly lies beside it.
list=$1
out=$2
sed 's/\.o$/.s/' "$list" | xargs cat > "$out.all" && awk '
	$1 == ".hidden" { hidden[$2] = 1 }
	$1 == ".globl" || $1 == ".weak" { defined[$2] = 1 }
	END { for (name in defined) if (!(name in hidden)) print "--export-if-defined=" name }
' "$out.all" > "$out.tmp" && sort -o "$out.tmp" "$out.tmp" && test -s "$out.tmp"
status=$?
rm -f "$out.all"
[ $status -eq 0 ] && exec mv "$out.tmp" "$out"
echo "muslfall: error: $list: no exports found in the assembly" >&2
rm -f "$out.tmp"
exit 1
