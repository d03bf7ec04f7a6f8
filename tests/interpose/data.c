/* Data of the program's own: what libc reads and writes by that name is the program's. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

extern char **environ, **__environ;
char *optarg = "none";
int optind = 1, opterr = 0, optopt, optreset = 3;
char **environ;
long timezone = 17;
int getdate_err = 9;
char *program_invocation_short_name = "mine";
int signgam = 5;

int main(int argc, char **argv)
{
	char *words[] = { "p", "-a", "-b", "value", "-q", "rest", 0 };
	int letter;

	while ((letter = getopt(6, words, "ab:")) != -1)
		printf("%c %s %d\n", letter, optarg ? optarg : "(null)", optind);
	printf("%d %c %s\n", optind, optopt, words[optind]);
	printf("%d %d\n", environ == 0, __environ != 0);
	setenv("TZ", "EST5", 1);
	tzset();
	printf("%ld %s\n", timezone, getenv("TZ"));
	struct tm *tm = getdate("nonsense");
	printf("%d %d\n", tm == 0, getdate_err);
	printf("%s %d\n", program_invocation_short_name, optreset);
	return 0;
}
