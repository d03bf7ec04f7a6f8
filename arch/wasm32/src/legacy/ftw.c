#include <ftw.h>

/* A call must have its function's own type, so that the generic cast, which
 * calls fn with one argument too many, would trap. Nested calls each put back
 * what they found. */

static int (*callback)(const char *, const struct stat *, int);

static int without_info(const char *path, const struct stat *st, int type, struct FTW *info)
{
	return callback(path, st, type);
}

int ftw(const char *path, int (*fn)(const char *, const struct stat *, int), int fd_limit)
{
	int (*outer)(const char *, const struct stat *, int) = callback, result;

	callback = fn;
	result = nftw(path, without_info, fd_limit, FTW_PHYS);
	callback = outer;
	return result;
}
