/* getenv (arch/wasm32/src/env), of any environment. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern char **environ;

static int wrong;

static void expect(const char *name, const char *value)
{
	const char *found = getenv(name);

	if (!found == !value && (!value || !strcmp(found, value))) return;
	printf("%s: %s\n", name, found ? found : "not there");
	wrong++;
}

int main(void)
{
	char *variables[] = { "AB=1", "ABC=2", "A=3", "=4", "", "B", "E=", "A=5", "E=F=6", "ZZ=7", NULL };

	environ = variables;
	expect("A", "3");
	expect("AB", "1");
	expect("ABC", "2");
	expect("ABCD", NULL);
	expect("B", NULL);
	expect("E", "");
	expect("E=F", NULL);
	expect("A=", NULL);
	expect("", NULL);
	expect("=", NULL);
	expect("ZZ", "7");
	setenv("A", "8", 1);
	expect("A", "8");
	unsetenv("A");
	expect("A", NULL);
	putenv("B=9");
	expect("B", "9");
	environ = NULL;
	expect("A", NULL);
	puts(wrong ? "wrong" : "as it should be");
	return wrong;
}
