/* <getopt.h>, <err.h>: options, and messages on stderr. */
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "check.h"

static void parse(const char *options, int n, char **words)
{
	static const struct option longs[] = { { "all", no_argument, NULL, 'A' }, { "file", required_argument, NULL, 'F' },
		{ "maybe", optional_argument, NULL, 'M' }, {0} };
	int c, index;

	optind = 0;
	opterr = 0;
	printf("%s:", options);
	while ((c = getopt_long(n, words, options, longs, &index)) != -1)
		printf(" %c%s%s", c, optarg ? "=" : "", optarg ? optarg : "");
	printf(" |");
	while (optind < n) printf(" %s", words[optind++]);
	puts("");
}

#define PARSE(options, ...) parse(options, sizeof (char *[]){ __VA_ARGS__ } / sizeof (char *), (char *[]){ __VA_ARGS__, NULL })

int main(void)
{
	char line[128] = "";
	int c;

	PARSE("ab:c", "x", "-a", "-bvalue", "-c", "rest");
	PARSE("ab:c", "x", "-acb", "value", "--", "-a");
	PARSE("ab:", "x", "first", "-a", "second", "-b", "v");
	PARSE("+ab:", "x", "first", "-a");
	PARSE("-ab:", "x", "first", "-a");
	PARSE(":ab:", "x", "-b");
	PARSE("ab:", "x", "-z", "-a");
	PARSE("a", "x", "--all", "--file=name", "--file", "other", "--maybe", "--maybe=1", "end");
	PARSE("a", "x", "--al", "--no-such", "--all=bad", "--file");
	PARSE("a::", "x", "-a", "-a1", "b");
	char *words[] = { "x", "-a", "-b", "arg", "op", NULL };
	optind = 1;
	while ((c = getopt(5, words, "ab:")) != -1) printf("%c %s\n", c, c == 'b' ? optarg : "-");
	T(optind == 4);
	freopen("/tmp/errors", "w", stderr);
	errno = ENOENT;
	warn("file %d", 1);
	warnx("only %s", "text");
	fflush(stderr);
	FILE *f = fopen("/tmp/errors", "r");
	while (fgets(line, sizeof line, f)) printf("%s", strchr(line, ':') ? strchr(line, ':') : line);
	fclose(f);
	remove("/tmp/errors");
	return 0;
}
