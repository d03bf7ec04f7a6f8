"""Stage link: objects to the libc, with what it exports, the kernel, programs, and one object."""

import stage


def generate(env):
    ld = "$CLEAN $WASM_LD"
    libc = "@${SOURCES[0]} @${SOURCES[1]} ${SOURCES[2]}"
    stage.add(env, "Exports", "$SCRIPT/exports.sh $SOURCE $TARGET")
    stage.add(env, "LinkLibc", f"{ld} $LINKFLAGS $LIBC_EXPORTS {libc} -o $TARGET")
    listed = "muslfall.libc.dynamic_list $SOURCES ${TARGETS[0]} ${TARGETS[1]}"
    stage.add(env, "DynamicList", f"$PYTHON_STEP {listed}")
    stage.add(env, "LinkKernel", f"{ld} $KERNEL_LINKFLAGS $SOURCES -o $TARGET")
    stage.add(env, "LinkRelocatable", f"{ld} -r $SOURCES -o $TARGET")
    stage.add(env, "Localize", "$PYTHON_STEP muslfall.wasm.localize $SOURCE $TARGET")
    direct = "muslfall.libc.direct_syscalls $SOURCE ${TARGETS[0]} ${TARGETS[1]} $DIRECT_FOLDER"
    stage.add(env, "DirectCalls", f"$PYTHON_STEP {direct}", ninja={"restat": True})
    stage.add(env, "LinkProgram", f"{ld} $LINKFLAGS $PROGRAM_EXPORTS $SOURCES -o $TARGET")


def exists(env):
    return True
