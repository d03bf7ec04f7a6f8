/* No debugger sees wasm's registers: it has none. */
#define ELF_NGREG 1
typedef unsigned long elf_greg_t, elf_gregset_t[ELF_NGREG];
typedef struct { unsigned long __fp[1]; } elf_fpregset_t;
