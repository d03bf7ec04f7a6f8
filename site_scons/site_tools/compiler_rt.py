"""Stage builtins: compiler-rt, from the sources that come with the toolchain."""

import stage

# zig keeps a cache beside what it builds; it is ours to delete.
BUILD = (
    "$CLEAN ZIG_GLOBAL_CACHE_DIR=$CACHE ZIG_LOCAL_CACHE_DIR=$CACHE "
    "$ZIG build-obj $SOURCE $BUILTINSFLAGS -femit-bin=$TARGET"
)


def generate(env):
    stage.add(env, "Builtins", BUILD)
    stage.add(env, "Archive", "rm -f $TARGET && $CLEAN $AR rcsD $TARGET $SOURCES")


def exists(env):
    return True
