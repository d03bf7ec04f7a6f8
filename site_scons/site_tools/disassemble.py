"""Stage disassemble: a module's text form."""

import stage


def generate(env):
    stage.add(env, "Disassemble", "$SCRIPT/disassemble.sh $SOURCE $TARGET $WASM_TOOLS")


def exists(env):
    return True
