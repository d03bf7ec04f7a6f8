"""Stage assemble: .s to .o. The record of a rejection takes the output's place."""

import stage

TOOL = "$CLANG $ASFLAGS -c -x assembler - -o $TARGET"
# Assembly, which begins with no record's mark, is tried as it is; for everything else, and for
# what is not taken, there is the script (see stage compile).
IS_ASSEMBLY = "read -r first < $SOURCE && test \"$$first\" != '# muslfall: rejected'"
COMMAND = (
    f"{IS_ASSEMBLY} && $CLEAN {TOOL} < $SOURCE 2> /dev/null || "
    f"$SCRIPT/assemble.sh $SOURCE $TARGET {TOOL}"
)
# Only a rejection leaves one: for it, the modules that made a record of it count.
DEPFILE = {"depfile": "$out.d", "deps": "gcc"}


def generate(env):
    stage.add(
        env,
        "Assemble",
        COMMAND,
        ninja=DEPFILE,
        suffix=".o",
        src_suffix=".s",
        single_source=True,
    )


def exists(env):
    return True
