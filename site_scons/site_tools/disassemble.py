"""Stage disassemble: a module's text form."""

import stage


def generate(env):
    stage.add(env, "Disassemble", "$CLEAN $WASM_TOOLS print $SOURCE -o $TARGET")


def exists(env):
    return True
