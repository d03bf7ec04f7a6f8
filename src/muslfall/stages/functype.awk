# Gives aliases of functions the .functype that LLVM's assembly printer forgets
# (all of 13 to 22): its own assembler wants a type before a call. Of
#	alias = function
# or LLVM 13's .set it makes, at the top of the file, where every use follows,
#	.functype alias (i32) -> (i32)
{ line[NR] = $0 }
$1 == ".functype" {
	signature = $0
	sub(/^[ \t]*\.functype[ \t]+[^ \t]+[ \t]+/, "", signature)
	type[$2] = signature
}
$1 == ".set" { name = $2; sub(/,$/, "", name); alias(name, $3) }
$2 == "=" { alias($1, $3) }
function alias(name, of) {
	if (!(of in type)) return
	type[name] = type[of]
	names[++count] = name
}
END {
	for (i = 1; i <= NR; i++) {
		print line[i]
		if (line[i] !~ /^[ \t]*\.file[ \t]/) continue
		for (j = 1; j <= count; j++) print "\t.functype\t" names[j] " " type[names[j]]
		count = 0
	}
}
