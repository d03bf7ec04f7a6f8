"""Stage compile: .c to .s. What the compiler rejects takes the output's place."""

import stage

COMMAND = (
    "$SCRIPT/compile.sh $TARGET "
    "$CLANG $CFLAGS -MD -MF ${TARGET}.d -S $SOURCE -o $TARGET"
)


def generate(env):
    stage.add(
        env,
        "Compile",
        COMMAND,
        ninja={"depfile": "$out.d", "deps": "gcc"},
        suffix=".s",
        src_suffix=".c",
        single_source=True,
    )


def exists(env):
    return True
