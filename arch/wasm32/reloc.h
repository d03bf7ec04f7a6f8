/* The loader links (LOADER.md), not musl's ldso, which is not built; these
 * satisfy what src/internal/dynlink.h asks of every arch. */
#define LDSO_ARCH "wasm32"

#define TPOFF_K 0

#define CRTJMP(pc,sp) __builtin_trap()
