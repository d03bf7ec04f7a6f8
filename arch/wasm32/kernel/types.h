/* The integer types of the kernel: it uses no header but its own. */
#ifndef TYPES_H
#define TYPES_H

#define NULL ((void *)0)

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef long long i64;

typedef unsigned long size_t;
typedef long long off_t;
typedef unsigned mode_t;
typedef u64 sigset_t;

/* What others see of the kernel; all else is hidden, clang's default for wasm. */
#define INTERFACE __attribute__((visibility("default")))

#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define LENGTH(a) (sizeof(a) / sizeof *(a))

#endif
