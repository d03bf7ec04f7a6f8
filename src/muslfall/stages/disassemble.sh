# disassemble.sh MODULE TEXT WASM-TOOLS...: a module's text form. It is assembled and printed
# once more, because wasm-tools puts custom sections that lie in one place of the module, such
# as producers and target_features, in an order of its own; after that the text stays as it is.
module=$1
text=$2
shift 2
"$@" print "$module" | "$@" parse - | "$@" print - > "$text.tmp" || exit
exec mv "$text.tmp" "$text"
