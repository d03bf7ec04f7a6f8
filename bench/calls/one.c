/* Both in one module. */
__attribute__((__noinline__)) static int step(int x)
{
	__asm__ volatile ("");
	return x * 3 + 1;
}

int loop_inside(int n)
{
	int x = 0;
	while (n--) x = step(x);
	return x;
}
