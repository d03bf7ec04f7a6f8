int step(int);

/* n calls of a function of another module. */
int loop(int n)
{
	int x = 0;
	while (n--) x = step(x);
	return x;
}
