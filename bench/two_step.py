"""CPU time of .c to .s to .o, as the build goes, against .c to .o at once, over a sample."""

import sys

from measure import CLEAN, ROOT, Sample, Tool, folder, lkgr, ratio, run, say, tool_commands

SAMPLE = 200
TARGET = 1.3


def to(argv: tuple[str, ...], output: str) -> list[str]:
    """The command with another output."""
    words = list(argv)
    words[words.index("-o") + 1] = output
    return words


def main() -> None:
    out = lkgr()
    tools = tool_commands(f"{out}/build.ninja", f"{out}/obj/linked/musl.wasm", ROOT)
    compiles = [tool for tool in tools if tool.stage == "compile"]
    assembles = {tool.source: tool for tool in tools if tool.stage == "assemble"}
    count = int(sys.argv[1]) if len(sys.argv) > 1 else SAMPLE
    one, two = Sample(0, 0), Sample(0, 0)
    with folder() as top:
        s, o = str(top / "x.s"), str(top / "x.o")
        for tool in compiles[:: max(1, len(compiles) // count)]:
            assembly = tool.argv[tool.argv.index("-o") + 1]
            argv = [word for word in tool.argv if word not in ("-MD", "-MF", f"{assembly}.d")]
            direct = ["-c" if word == "-S" else word for word in argv]
            one += run(to(tuple(direct), o), ROOT, CLEAN)
            two += run(to(tuple(argv), s), ROOT, CLEAN)
            two += Tool("assemble", tuple(to(assembles[assembly].argv, o)), s).measure(ROOT)
    say(".c -> .s -> .o", two)
    say(".c -> .o", one)
    ratio("two steps, CPU, / one step", two.cpu / one.cpu, TARGET)


if __name__ == "__main__":
    main()
