/* One thread: its pointer is plain data, in src/thread/__set_thread_area.c. */
extern __attribute__((__visibility__("hidden"))) uintptr_t __wasm_thread_pointer;

static inline uintptr_t __get_tp()
{
	return __wasm_thread_pointer;
}

#define MC_PC __pc
