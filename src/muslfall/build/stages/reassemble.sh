# reassemble.sh TEXT MODULE WASM-TOOLS...: assemble a text form, with the custom sections in the
# order that LLVM's tools want, and prove that nothing is lost: the module, printed again, is
# the same text.
text=$1
module=$2
shift 2
"$@" parse "$text" -o "$module.tmp" || exit
"$PYTHON" -m muslfall.wasm.order "$module.tmp" || exit
if "$@" print "$module.tmp" | cmp -s - "$text"; then
	exec mv "$module.tmp" "$module"
fi
echo "muslfall: error: $text: assembled and printed again, the text is another" >&2
rm -f "$module.tmp"
exit 1
