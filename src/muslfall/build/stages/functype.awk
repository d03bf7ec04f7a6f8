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
$1 == ".file" && !top { top = NR }
$1 == ".set" { name = $2; sub(/,$/, "", name); alias(name, $3) }
$2 == "=" { alias($1, $3) }
function alias(name, of) {
	names[++count] = name
	target[name] = of
}
# What an alias, perhaps of an alias, stands for.
function end_of(name, steps) {
	for (steps = 0; name in target && steps < count; steps++) name = target[name]
	return name
}
function print_types(i) {
	for (i = 1; i <= count; i++)
		if (!(names[i] in type) && end_of(names[i]) in type)
			print "\t.functype\t" names[i] " " type[end_of(names[i])]
}
END {
	if (!top) print_types()
	for (i = 1; i <= NR; i++) {
		print line[i]
		if (i == top) print_types()
	}
}
