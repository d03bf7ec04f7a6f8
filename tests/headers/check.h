/* One line for one fact: what holds, and whether it does. */
#include <stdio.h>

#define T(fact) printf("%s: %s\n", #fact, (fact) ? "yes" : "NO")
