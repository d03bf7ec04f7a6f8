"""Stage builtins: compiler-rt, from the sources that come with the toolchain; and archives."""

import stage

COMMAND = "$SCRIPT/builtins.sh $SOURCE $TARGET ${TARGET}.work $ZIG $BUILTINSFLAGS"


def generate(env):
    stage.add(env, "Builtins", COMMAND)
    archive = "$CLEAN rm -f $TARGET && $CLEAN $AR rcsD $TARGET"
    stage.add(env, "Archive", f"{archive} $SOURCES")
    stage.add(env, "ArchiveList", f"{archive} @$SOURCE")


def exists(env):
    return True
