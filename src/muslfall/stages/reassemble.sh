# reassemble.sh TEXT MODULE WASM-TOOLS...: assemble a text form, and prove that nothing is lost:
# the module, printed again, is the same text.
text=$1
module=$2
shift 2
"$@" parse "$text" -o "$module.tmp" || exit
if "$@" print "$module.tmp" | cmp -s - "$text"; then
	exec mv "$module.tmp" "$module"
fi
echo "muslfall: error: $text: assembled and printed again, the text is another" >&2
rm -f "$module.tmp"
exit 1
