/* wasm has one rounding mode and no exceptions: nothing is computed for the sake of those. */
#define fp_barrierf(x) ((float)(x))
#define fp_barrier(x) ((double)(x))
#define fp_barrierl(x) ((long double)(x))
#define fp_force_evalf(x) ((void)(x))
#define fp_force_eval(x) ((void)(x))
#define fp_force_evall(x) ((void)(x))
