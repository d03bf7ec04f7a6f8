"""Stage builtins: compiler-rt, from the sources that come with the toolchain."""

import stage

COMMAND = "$SCRIPT/builtins.sh $SOURCE $TARGET ${TARGET}.work $ZIG $BUILTINSFLAGS"


def generate(env):
    stage.add(env, "Builtins", COMMAND)
    stage.add(env, "Archive", "$CLEAN rm -f $TARGET && $CLEAN $AR rcsD $TARGET $SOURCES")


def exists(env):
    return True
