/* The granule of the kernel's mmap. A page of wasm is 64k; one of these
 * wastes less, and nothing is protected by page anyway. */
#define PAGESIZE 4096
