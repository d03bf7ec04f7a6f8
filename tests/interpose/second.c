/* A library whose functions and data others have, too. */
#define HIDDEN __attribute__((visibility("hidden")))

int both(void) { return 2; }
int in_program(int x) { return x + 20; }
int datum = 20, other = 21, mine = 22;
int weakly(void) { return 23; }
static int alone(void) { return 24; }
HIDDEN int concealed(void) { return 25; }
int reached(void) { return 26; }
long long wide(int a, double b, long long c) { return a + b + c; }
int named(void) { return 27; }
int alias(void) __attribute__((weak, alias("named")));

int second_both(void) { return both(); }
int second_in_program(int x) { return in_program(x); }
int second_weakly(void) { return weakly(); }
int second_alone(void) { return alone(); }
int second_concealed(void) { return concealed(); }
int second_reached(void) { return reached(); }
int second_named(void) { return named(); }
int second_alias(void) { return alias(); }
long long second_wide(int a, double b, long long c) { return wide(a, b, c); }
int second_data(void) { return datum + other + mine; }
int *second_other(void) { return &other; }
int *const second_pointer = &datum;
int (*second_function(void))(int) { return in_program; }
int (*const second_functions[])(void) = { both, weakly, alone };
