"""Stage loader: the modules of the loader of V8, assembled into one plain script."""

import stage


def generate(env):
    stage.add(env, "AssembleLoader", "$PYTHON_STEP muslfall.build.assemble_loader $PARTS $TARGET")


def exists(env):
    return True
