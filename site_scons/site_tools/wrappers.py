"""Stage wrappers: the commands in bin/, which find their toolchain beside themselves."""

import stage


def generate(env):
    stage.add(env, "Wrapper", "sed $WRAPPER_EDITS $SOURCE > $TARGET && chmod 755 $TARGET")


def exists(env):
    return True
