"""Stage manifest: what the toolchain could not build, and why; and what is there to link."""

import stage

COMMAND = (
    "$PYTHON_STEP muslfall.libc.manifest --musl $MUSL --objects $SOURCE $TOOLCHAIN_FLAGS "
    "${TARGETS[0]} ${TARGETS[1]}"
)


def generate(env):
    stage.add(env, "Manifest", COMMAND, ninja={"restat": True})


def exists(env):
    return True
