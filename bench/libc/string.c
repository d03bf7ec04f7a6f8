/* string.h by size; compiled with -fno-builtin, so that each is a call. */
#define _GNU_SOURCE
#include <string.h>
#include "bench.h"

#define ROOM (1 << 17)
#define REPEAT(...) for (long i = 0; i < n; i++) { __VA_ARGS__; }

/* Wherever the sides' linkers put the rest: at the start of a page, since a small block that lies
 * in two takes three times as long, and not at the same place in it, since processors take a load
 * for one of what was just stored where the low 12 bits of both addresses agree. */
static _Alignas(4096) char room[4][ROOM + 1024];
static char *const a = room[0], *const b = room[1], *const text = room[2], *const same = room[3];
static const void *volatile found;
static volatile size_t length;

/* Strings of `size` characters in text and in same, which differ nowhere. */
static void fill(long size)
{
	for (long i = 0; i < size; i++) text[i] = same[i] = 'a' + i % 23;
	text[size] = same[size] = 0;
}

static void copy_memory(long n, long size) { REPEAT(memcpy(a, b, size)) }
static void move_memory(long n, long size) { REPEAT(memmove(a + 3, a, size)) }
static void set_memory(long n, long size) { REPEAT(memset(a, 0, size)) }
static void find_byte(long n, long size) { fill(size); REPEAT(found = memchr(text, 'z', size)) }
static void find_last_byte(long n, long size) { fill(size); REPEAT(found = memrchr(text, 'z', size)) }
static void compare_memory(long n, long size) { fill(size); REPEAT(length = memcmp(text, same, size)) }
static void find_memory(long n, long size) { fill(size); REPEAT(found = memmem(text, size, "abcz", 4)) }
static void find_long(long n, long size) { fill(size); REPEAT(found = memmem(text, size, "abcdefghijklmnopqrstuvwz", 24)) }
static void measure_string(long n, long size) { fill(size); REPEAT(length = strlen(text)) }
static void measure_at_most(long n, long size) { fill(size); REPEAT(length = strnlen(text, size)) }
static void copy_string(long n, long size) { fill(size); REPEAT(found = strcpy(a, text)) }
static void copy_to_end(long n, long size) { fill(size); REPEAT(found = stpcpy(a, text)) }
static void copy_at_most(long n, long size) { fill(size); REPEAT(found = strncpy(a, text, size)) }
static void append(long n, long size) { fill(size); REPEAT(a[0] = 0; found = strcat(a, text)) }
static void compare_string(long n, long size) { fill(size); REPEAT(length = strcmp(text, same)) }
static void compare_at_most(long n, long size) { fill(size); REPEAT(length = strncmp(text, same, size)) }
static void compare_any_case(long n, long size) { fill(size); REPEAT(length = strcasecmp(text, same)) }
static void find_character(long n, long size) { fill(size); REPEAT(found = strchr(text, 'z')) }
static void find_last(long n, long size) { fill(size); REPEAT(found = strrchr(text, 'z')) }
static void find_string_1(long n, long size) { fill(size); REPEAT(found = strstr(text, "z")) }
static void find_string_2(long n, long size) { fill(size); REPEAT(found = strstr(text, "az")) }
static void find_string_4(long n, long size) { fill(size); REPEAT(found = strstr(text, "abcz")) }
static void find_string_24(long n, long size) { fill(size); REPEAT(found = strstr(text, "abcdefghijklmnopqrstuvwz")) }
static void span_of(long n, long size) { fill(size); REPEAT(length = strspn(text, "abcdefghijklmnopqrstuvw")) }
static void span_without(long n, long size) { fill(size); REPEAT(length = strcspn(text, "xyz")) }
static void duplicate(long n, long size) { fill(size); REPEAT(char *p = strdup(text); found = p; free(p)) }

static void tokens(long n, long size)
{
	char *rest;
	REPEAT(
		fill(size);
		for (char *p = strtok_r(text, "dk", &rest); p; p = strtok_r(NULL, "dk", &rest)) found = p;
	)
}

#define NAMED(name, run, ...) measure_sized(name, run, (const long[]){ __VA_ARGS__ }, \
	sizeof (long[]){ __VA_ARGS__ } / sizeof(long))

static void cases(void)
{
	NAMED("memcpy", copy_memory, 4, 16, 64, 256, 4096, 65536);
	NAMED("memmove", move_memory, 4, 16, 64, 256, 4096, 65536);
	NAMED("memset", set_memory, 4, 16, 64, 256, 4096, 65536);
	NAMED("memchr", find_byte, 4, 16, 64, 1024, 16384);
	NAMED("memrchr", find_last_byte, 4, 64, 1024);
	NAMED("memcmp", compare_memory, 4, 16, 64, 1024, 16384);
	NAMED("memmem", find_memory, 64, 1024);
	NAMED("memmem_long", find_long, 64, 1024);
	NAMED("strlen", measure_string, 4, 16, 64, 1024, 16384);
	NAMED("strnlen", measure_at_most, 16, 1024);
	NAMED("strcpy", copy_string, 4, 16, 64, 1024, 16384);
	NAMED("stpcpy", copy_to_end, 16, 1024);
	NAMED("strncpy", copy_at_most, 16, 1024);
	NAMED("strcat", append, 16, 1024);
	NAMED("strcmp", compare_string, 4, 16, 64, 1024, 16384);
	NAMED("strncmp", compare_at_most, 4, 16, 64, 1024);
	NAMED("strcasecmp", compare_any_case, 16, 1024);
	NAMED("strchr", find_character, 4, 16, 64, 1024, 16384);
	NAMED("strrchr", find_last, 16, 64, 1024);
	NAMED("strstr_1", find_string_1, 64, 1024);
	NAMED("strstr_2", find_string_2, 64, 1024);
	NAMED("strstr_4", find_string_4, 64, 1024);
	NAMED("strstr_24", find_string_24, 64, 1024);
	NAMED("strspn", span_of, 16, 1024);
	NAMED("strcspn", span_without, 16, 1024);
	NAMED("strtok", tokens, 64, 1024);
	NAMED("strdup", duplicate, 16, 1024);
}
