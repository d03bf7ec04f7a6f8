/* <search.h>: hash tables, trees, lists, queues. */
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include "check.h"

static int compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static int order[64], visited, last;

static void visit(const void *node, VISIT which, int depth)
{
	if (which == postorder || which == leaf) order[visited++] = **(int *const *)node;
}

static int freed;

static void count(void *p)
{
	freed++;
}

int main(void)
{
	static int keys[50];
	void *root = NULL;
	char names[200][8];
	int found = 0, sorted = 1;
	size_t n = 3;
	int array[8] = { 5, 1, 9 };
	struct hsearch_data table = {0};
	ENTRY *entry;

	for (int i = 0; i < 50; i++) {
		keys[i] = i * 37 % 50;
		tsearch(&keys[i], &root, compare);
	}
	twalk(root, visit);
	for (int i = 1; i < visited; i++) sorted &= order[i - 1] < order[i];
	T(visited == 50 && sorted);
	T(**(int **)tfind(&(int){7}, &root, compare) == 7 && !tfind(&(int){77}, &root, compare));
	for (int i = 0; i < 50; i += 2) tdelete(&i, &root, compare);
	visited = 0;
	twalk(root, visit);
	T(visited == 25 && order[0] == 1 && !tdelete(&(int){0}, &root, compare));
	tdestroy(root, count);
	T(freed == 25);

	T(hcreate(100));
	for (int i = 0; i < 90; i++) {
		sprintf(names[i], "key%d", i);
		hsearch((ENTRY){ names[i], (void *)(long)i }, ENTER);
	}
	for (int i = 0; i < 90; i++) {
		ENTRY *e = hsearch((ENTRY){ names[i], 0 }, FIND);
		found += e && (long)e->data == i;
	}
	T(found == 90 && !hsearch((ENTRY){ "no", 0 }, FIND));
	hdestroy();
	T(hcreate_r(10, &table) && hsearch_r((ENTRY){ "a", "b" }, ENTER, &entry, &table));
	T(hsearch_r((ENTRY){ "a", 0 }, FIND, &entry, &table) && !strcmp(entry->data, "b"));
	hdestroy_r(&table);

	T(lfind(&(int){9}, array, &n, sizeof *array, compare) == &array[2]);
	T(!lfind(&(int){4}, array, &n, sizeof *array, compare));
	T(lsearch(&(int){4}, array, &n, sizeof *array, compare) == &array[3] && n == 4 && array[3] == 4);

	struct item { struct item *next, *back; } a = {0}, b = {0}, c = {0};
	insque(&a, NULL);
	insque(&b, &a);
	insque(&c, &a);
	T(a.next == &c && c.next == &b && b.back == &c);
	remque(&c);
	T(a.next == &b && b.back == &a);
	return 0;
}
