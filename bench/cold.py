"""A cold compile and link, against its bare commands, and against musl's own Makefile.

All three happen in one clone, with the same compiler and flags; the generated headers and the
builtins are there before. The bare commands run one after another, and their CPU time over the
cores is what a build without any overhead would take. Make is measured twice: building each
object once, .c to .o, and, as it does when nothing is asked for, a second time for its shared
library.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

from measure import (
    CLEAN,
    NINJA,
    ROOT,
    Sample,
    Tool,
    folder,
    ratio,
    run,
    say,
    tool_commands,
)

from muslfall.diff import twice
from muslfall.pins import variant


def prepare(top: Path, jobs: int) -> tuple[Path, str]:
    """A clone in which all that is left to do is to compile and link; and its variant's folder."""
    place = twice.Circumstances("clone", "UTC", "C", 0o022, jobs, "ninja")
    twice.clones(ROOT, top, [place])
    clone = top / place.folder
    out = variant.choose(clone, {}).out
    headers = ["include/bits/alltypes.h", "include/bits/syscall.h", "src/internal/version.h"]
    targets = [f"{out}/obj/{name}" for name in headers]
    twice.build(top, place, (), [*targets, f"{out}/sysroot/lib/libcompiler_rt.a"])
    return clone, out


def ours(clone: Path, out: str, target: str, jobs: int) -> Sample:
    return run([NINJA, "-f", f"{out}/build.ninja", f"-j{jobs}", target], clone)


def bare(clone: Path, tools: list[Tool]) -> Sample:
    return sum((tool.measure(clone) for tool in tools), Sample(0, 0))


def make_tree(clone: Path, out: str, tools: list[Tool]) -> Path:
    """musl with the port as one of its archs, configured for the flags of the build."""
    chosen = variant.choose(clone, {})
    tree = clone / "make"
    shutil.copytree(clone / chosen.pinned("musl"), tree)
    port = clone / "arch/wasm32"
    shutil.copytree(port, tree / "arch/wasm32", ignore=shutil.ignore_patterns("src", "kernel"))
    special = []
    for path in sorted((port / "src").glob("**/*.[ch]")):
        where = path.relative_to(port).parent / "wasm32" / path.name
        (tree / where).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, tree / where)
        if path.suffix == ".h":
            continue
        flags = extra_flags(tools, path.relative_to(clone).as_posix())
        both = " ".join(f"obj/{where.with_suffix(suffix)}" for suffix in (".o", ".lo"))
        special.append(f"{both}: CFLAGS_ALL += {flags}")
    zig = clone / chosen.tool("llvm", "clang")[0]
    usual = usual_flags(tools)
    lines = [
        "ARCH = wasm32",
        "srcdir = .",
        f"CC = {zig} clang",
        "CFLAGS_AUTO =",
        "AR = true",
        "RANLIB = true",
        f"CFLAGS = {' '.join(usual)}",
        "shared: $(LOBJS)",
        *special,
    ]
    (tree / "config.mak").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tree


def usual_flags(tools: list[Tool]) -> list[str]:
    """The flags of musl's files that its Makefile does not give by itself."""
    argv = next(t.argv for t in tools if t.stage == "compile" and "musl-" in t.source)
    flags = argv[2 : argv.index("-MD")]
    own = ("-std=c99", "-nostdinc", "-ffreestanding", "-D_XOPEN_SOURCE=700")
    return [flag for flag in flags if flag not in own and not flag.startswith("-I")]


def extra_flags(tools: list[Tool], source: str) -> str:
    """What one file is compiled with beside the usual flags."""
    argv = next(t.argv for t in tools if t.source == source)
    return " ".join(flag for flag in argv if flag in ("-mexception-handling",))


def make(tree: Path, jobs: int, goal: str) -> Sample:
    """musl's Makefile building the objects of a goal."""
    return run(["make", "-s", f"-j{jobs}", goal], tree, CLEAN)


def clear(clone: Path, out: str, tools: list[Tool]) -> None:
    """Remove what the commands make."""
    for tool in tools:
        (clone / tool.argv[tool.argv.index("-o") + 1]).unlink(missing_ok=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    cores = len(os.sched_getaffinity(0))
    parser.add_argument("-j", type=int, default=cores, help="commands at once; and the cores")
    parser.add_argument("--rounds", type=int, default=1)
    args = parser.parse_args()
    with folder() as top:
        clone, out = prepare(top, args.j)
        target = f"{out}/obj/linked/musl.wasm"
        tools = tool_commands(f"{out}/build.ninja", target, clone)
        rows: dict[str, list[Sample]] = {"ninja": [], "bare": [], "make": [], "both": []}
        for _ in range(args.rounds):
            clear(clone, out, tools)
            rows["ninja"].append(ours(clone, out, target, args.j))
            rows["bare"].append(bare(clone, tools))
            shutil.rmtree(clone / "make", ignore_errors=True)
            tree = make_tree(clone, out, tools)
            subprocess.run(
                [
                    "make",
                    "-s",
                    "obj/include/bits/alltypes.h",
                    "obj/include/bits/syscall.h",
                    "obj/src/internal/version.h",
                ],
                cwd=tree,
                env=CLEAN,
                check=True,
            )
            rows["make"].append(make(tree, args.j, "lib/libc.a"))
            rows["both"].append(rows["make"][-1] + make(tree, args.j, "shared"))
        objects = len(list(tree.glob("obj/src/**/*.o")))
    report(rows, len([t for t in tools if t.stage == "assemble"]), objects, args.j)


def report(rows: dict[str, list[Sample]], built: int, made: int, cores: int) -> None:
    """Print the medians, and the ratios of each round's measurements, as medians."""
    names = {
        "ninja": f"build: {built} objects, and the link",
        "bare": "its bare commands",
        "make": f"musl's Makefile: {made} objects",
        "both": f"musl's Makefile: {made} objects, .o and .lo",
    }
    for row, samples in rows.items():
        for sample in samples:
            say(names[row], sample)

    def over(value, other) -> float:
        pairs = zip(rows["ninja"], rows[other], strict=True)
        return statistics.median(value(mine, theirs) for mine, theirs in pairs)

    ratio("wall / (bare CPU / cores)", over(lambda a, b: a.wall / (b.cpu / cores), "bare"), 1.15)
    ratio("CPU / bare CPU", over(lambda a, b: a.cpu / b.cpu, "bare"), 1.15)
    for other, what in (("make", "make's, .o"), ("both", "make's, .o and .lo")):
        ratio(f"wall / {what}", over(lambda a, b: a.wall / b.wall, other), 1)
        ratio(f"CPU / {what}", over(lambda a, b: a.cpu / b.cpu, other), 1)


if __name__ == "__main__":
    sys.exit(main())
