"""Stage headers: the generated headers, as musl's Makefile makes them, and the sysroot's."""

import stage


def generate(env):
    stage.add(env, "Alltypes", "$CLEAN sed -f $MUSL/tools/mkalltypes.sed $SOURCES > $TARGET")
    syscalls = "$CLEAN cat $SOURCE && $CLEAN sed -n s/__NR_/SYS_/p $SOURCE"
    stage.add(env, "SyscallHeader", f"{{ {syscalls}; }} > $TARGET")
    stage.add(env, "VersionHeader", "$CLEAN sed 's/.*/#define VERSION \"&\"/' $SOURCE > $TARGET")
    stage.add(env, "SyscallTable", "$PYTHON_STEP muslfall.libc.syscalls $SOURCE $TARGET")
    stage.add(env, "Prototypes", "$PYTHON_STEP muslfall.libc.prototypes $HEADERS $TARGET")
    stage.add(env, "Copy", "$CLEAN cp -f $SOURCE $TARGET")


def exists(env):
    return True
