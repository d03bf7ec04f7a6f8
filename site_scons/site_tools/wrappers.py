"""Stage wrappers: the commands in bin/, which find their toolchain beside themselves."""

import stage

# As text: SCons, when it executes, would put a list's words that have spaces into quotes.
COMMAND = "$CLEAN sed ${' '.join(WRAPPER_EDITS)} $SOURCE > $TARGET && $CLEAN chmod 755 $TARGET"


def generate(env):
    stage.add(env, "Wrapper", COMMAND)


def exists(env):
    return True
