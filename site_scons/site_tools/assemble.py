"""Stage assemble: .s to .o. What the assembler rejects takes the output's place."""

import stage

COMMAND = (
    "$SCRIPT/assemble.sh $SOURCE $TARGET "
    "$CLANG $ASFLAGS -c -x assembler - -o $TARGET"
)


def generate(env):
    stage.add(env, "Assemble", COMMAND, suffix=".o", src_suffix=".s", single_source=True)


def exists(env):
    return True
