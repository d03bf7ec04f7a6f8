/* A program that has some of what its libraries define: they use the program's. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int both(void), weakly(void), only_first(void), from_first(void *);
int second_both(void), second_in_program(int), second_weakly(void), second_alone(void);
int second_concealed(void), second_reached(void), second_data(void), *second_other(void);
int second_named(void), second_alias(void), named(void);
int (*second_function(void))(int);
long long second_wide(int, double, long long);
extern int *const second_pointer, (*const second_functions[])(void);
extern int datum;

int other = 31;
static int mine = 32;
int in_program(int x) { return x + 30; }
__attribute__((visibility("hidden"))) int reached(void) { return 36; }
__attribute__((visibility("hidden"))) int concealed(void) { return 35; }
__attribute__((weak)) long long wide(int a, double b, long long c) { return a * b * c; }
int alias(void) { return 37; }

int main(void)
{
	char *text = strdup("text");

	printf("%d %s\n", from_first(text), text);
	printf("%d %d %d %d\n", both(), second_both(), weakly(), second_weakly());
	printf("%d %d %d\n", in_program(1), second_in_program(1), second_function()(1));
	printf("%d %d\n", second_function() == in_program, second_functions[0] == both);
	printf("%d %d %d\n", second_alone(), second_concealed(), concealed());
	printf("%d %d\n", second_reached(), reached());
	printf("%d %d %d\n", second_data(), datum, mine);
	printf("%d %d\n", second_other() == &other, second_pointer == &datum);
	printf("%d %d %d\n", second_functions[0](), second_functions[1](), second_functions[2]());
	printf("%lld\n", second_wide(3, 0.5, 1LL << 40));
	printf("%d %d %d %d\n", second_named(), named(), second_alias(), alias());
	free(text);
	return 0;
}
