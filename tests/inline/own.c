/* A program's own functions of these names, in front of a call and behind one. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

int toupper(int c)
{
	return 1000 + c;
}

static int called(void)
{
	return tolower(2);
}

int tolower(int c)
{
	return 2000 + c;
}

int main(void)
{
	puts(toupper(1) == 1001 && called() == 2002 ? "as it should be" : "wrong");
	return 0;
}
