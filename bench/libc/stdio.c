/* Files of a real directory, through stdio and without; times of a byte, a
 * line, a block or a call, as the name says. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>
#include "bench.h"

#define PATH "/data/stdio.tmp"
#define OTHER "/data/other.tmp"
#define SIZE (1L << 20)

static char block[1 << 16];
static volatile long whole;
static FILE *f; /* PATH, of SIZE bytes in lines of 64 */
static int fd;  /* the same, without stdio */

static void prepare(void)
{
	if (f) fclose(f);
	f = fopen(PATH, "w+");
	check(!!f, PATH);
	memset(block, 'x', sizeof block);
	for (size_t i = 63; i < sizeof block; i += 64) block[i] = '\n';
	for (long i = 0; i < SIZE; i += sizeof block) check(fwrite(block, sizeof block, 1, f) == 1, PATH);
	fflush(f);
	if (!fd) fd = open(PATH, O_RDWR);
	check(fd >= 0, PATH);
}

#define CASE(name, ...) static void name(long n, long size) \
	{ for (long i = 0; i < n; i++) { __VA_ARGS__; } }

/* A file that is read from its start again when it ends. */
#define READING(name, act) CASE(name, if (!(act)) rewind(f))

/* A file that is written from its start again after SIZE bytes. */
#define WRITING(name, act, bytes) static void name(long n, long size) \
{ \
	for (long i = 0, at = 0; i < n; i++) { \
		act; \
		if ((at += bytes) >= SIZE) rewind(f), at = 0; \
	} \
	rewind(f); \
}

READING(read_getc, (whole = getc(f)) != EOF)
READING(read_getc_unlocked, (whole = getc_unlocked(f)) != EOF)
READING(read_ungetc, ungetc(getc(f), f) != EOF)
READING(read_fgets, fgets(block, 256, f))
READING(read_fread, fread(block, size, 1, f))
READING(read_fscanf, (whole = fscanf(f, "%255s", block)) == 1)
WRITING(write_putc, putc('x', f), 1)
WRITING(write_fputs, fputs("a line that is thirty-one bytes\n", f), 32)
WRITING(write_fprintf, fprintf(f, "%ld %s\n", i, "value"), 14)
WRITING(write_fwrite, fwrite(block, size, 1, f), size)

static void read_getline(long n, long unused)
{
	static char *line;
	static size_t room;

	for (long i = 0; i < n; i++) if (getline(&line, &room, f) < 0) rewind(f);
}

CASE(seek_near, fseek(f, i * 64 % SIZE, SEEK_SET); whole = getc(f))
CASE(seek_far, fseek(f, next() % SIZE, SEEK_SET); whole = fread(block, 16, 1, f) + ftell(f))

CASE(call_read, if (read(fd, block, size) < size) lseek(fd, 0, SEEK_SET))
CASE(call_write, if (i * size % SIZE == 0) lseek(fd, 0, SEEK_SET); whole = write(fd, block, size))
CASE(call_pread, whole = pread(fd, block, size, i * size % SIZE))
CASE(call_lseek, whole = lseek(fd, i & 1023, SEEK_SET))
CASE(call_fstat, struct stat s; whole = fstat(fd, &s))
CASE(call_stat, struct stat s; whole = stat(PATH, &s))
CASE(call_access, whole = access(PATH, R_OK))
CASE(call_open_close, int other = open(PATH, O_RDONLY); close(other))
CASE(call_fopen_fclose, fclose(fopen(PATH, "r")))
CASE(call_create_unlink, close(open(OTHER, O_RDWR | O_CREAT, 0666)); unlink(OTHER))
CASE(call_clock_gettime, struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); whole = t.tv_nsec)
CASE(call_gettimeofday, struct timeval t; gettimeofday(&t, NULL); whole = t.tv_usec)
CASE(call_time, whole = time(NULL))

static void call_readdir(long n, long unused)
{
	for (long i = 0; i < n; i++) {
		DIR *d = opendir("/data");
		while (readdir(d)) whole++;
		closedir(d);
	}
}

#undef MEASURE
#define MEASURE(run) (prepare(), measure(#run, run, 0))

static void cases(void)
{
	MEASURE(read_getc);
	MEASURE(read_getc_unlocked);
	MEASURE(read_ungetc);
	MEASURE(read_fgets);
	MEASURE(read_getline);
	MEASURE(read_fscanf);
	prepare();
	SIZED(read_fread, 16, 512, 4096, 65536);
	MEASURE(write_putc);
	MEASURE(write_fputs);
	MEASURE(write_fprintf);
	prepare();
	SIZED(write_fwrite, 16, 512, 4096, 65536);
	MEASURE(seek_near);
	MEASURE(seek_far);
	prepare();
	SIZED(call_read, 1, 4096, 65536);
	prepare();
	SIZED(call_write, 1, 4096, 65536);
	prepare();
	SIZED(call_pread, 1, 4096);
	MEASURE(call_lseek);
	MEASURE(call_fstat);
	MEASURE(call_stat);
	MEASURE(call_access);
	MEASURE(call_open_close);
	MEASURE(call_fopen_fclose);
	MEASURE(call_readdir);
	MEASURE(call_create_unlink);
	MEASURE(call_clock_gettime);
	MEASURE(call_gettimeofday);
	MEASURE(call_time);
}
