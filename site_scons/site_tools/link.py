"""Stage link: objects to the libc, the kernel, and programs."""

import stage


def generate(env):
    ld = "$CLEAN $WASM_LD"
    stage.add(env, "LinkLibc", f"{ld} $LINKFLAGS $LIBC_EXPORTS @$SOURCES -o $TARGET")
    stage.add(env, "LinkKernel", f"{ld} $KERNEL_LINKFLAGS $SOURCES -o $TARGET")
    stage.add(env, "LinkProgram", f"{ld} $LINKFLAGS $PROGRAM_EXPORTS $SOURCES -o $TARGET")


def exists(env):
    return True
