int back(int);

/* n calls of a function of the program's, which is loaded after this library. */
int loop_back(int n)
{
	int x = 0;
	while (n--) x = back(x);
	return x;
}
