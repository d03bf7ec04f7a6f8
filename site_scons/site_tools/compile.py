"""Stage compile: .c to .s, where what the compiler rejects takes the output's place; and, for
what is not musl's, .c to .o, where that is an error."""

import stage

# A compiler that crashes would leave its input in /tmp, and say under which random name.
TOOL = "$CLANG -fno-crash-diagnostics $CFLAGS -MD -MF ${TARGET}.d -S $SOURCE -o $TARGET"
# Nearly all files compile. Only for one that does not is the script started, and tries again:
# a shell less for the others is 5% of a cold build.
COMMAND = f"$CLEAN {TOOL} 2> /dev/null || $SCRIPT/compile.sh $TARGET {TOOL}"
DIRECT = "$CLEAN $CLANG $CFLAGS -MD -MF ${TARGET}.d -c $SOURCE -o $TARGET"
DEPFILE = {"depfile": "$out.d", "deps": "gcc"}


def generate(env):
    stage.add(
        env,
        "Compile",
        COMMAND,
        ninja=DEPFILE,
        suffix=".s",
        src_suffix=".c",
        single_source=True,
    )
    stage.add(
        env,
        "CompileObject",
        DIRECT,
        ninja=DEPFILE,
        suffix=".o",
        src_suffix=".c",
        single_source=True,
    )


def exists(env):
    return True
