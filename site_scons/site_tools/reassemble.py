"""Stage reassemble: the text back to a module, which must print as the same text; its calls."""

import stage


def generate(env):
    stage.add(env, "Reassemble", "$SCRIPT/reassemble.sh $SOURCE $TARGET $WASM_TOOLS")
    stage.add(env, "Calls", "$PYTHON_STEP muslfall.loader.call_graph $SOURCE $TARGET $WASM_TOOLS")


def exists(env):
    return True
