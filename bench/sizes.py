"""Sizes: the modules of a build, and small programs linked in three ways, raw and by gzip -9.

The peer is the WASI libc that the zig wheel builds; all sides are compiled with -O2 -s by the same
clang.
"""

from __future__ import annotations

import gzip
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from measure import ROOT, run

from muslfall.pins.lkgr import load_lkgr

OUT = ROOT / "out/lkgr"
MODULES = ("musl.wasm", "kernel.wasm")
FLAGS = ["-O2", "-s"]
PROGRAMS = {
    "return": "int main(void) { return 0; }\n",
    "puts": '#include <stdio.h>\nint main(void) { puts("hello, world"); }\n',
    "printf": '#include <stdio.h>\nint main(int c, char **v) { printf("%s %d\\n", v[0], c); }\n',
    "fopen": "#include <stdio.h>\nint main(int c, char **v)\n"
    '{ FILE *f = fopen(v[1], "r"); while ((c = getc(f)) >= 0) putchar(c); }\n',
}


def compilers() -> dict[str, list[str]]:
    """How each side is called."""
    release = load_lkgr(ROOT).releases["llvm"]
    zig = ROOT / "out/pinned" / release.name / release.tools["clang"][0]
    own = str(OUT / "bin/musl-clang")
    return {
        "dynamic": [own],
        "--static": [own, "--static"],
        "zig, WASI": [str(zig), "cc", "-target", "wasm32-wasi"],
    }


def size(path: Path) -> tuple[int, int]:
    """Bytes, raw and compressed."""
    data = path.read_bytes()
    return len(data), len(gzip.compress(data, 9, mtime=0))


def build(folder: Path) -> dict[str, dict[str, tuple[int, int]]]:
    """Program to side to size."""
    found: dict[str, dict[str, tuple[int, int]]] = {}
    for program, text in PROGRAMS.items():
        source, output = folder / f"{program}.c", folder / f"{program}.wasm"
        source.write_text(text)
        found[program] = {}
        for side, command in compilers().items():
            run([*command, *FLAGS, str(source), "-o", str(output)])
            found[program][side] = size(output)
    return found


def table(sizes: Mapping[str, Mapping[str, tuple[int, int]]]) -> list[str]:
    """The lines of a table in Markdown, with the ratio of the raw sizes of the static ones."""
    sides = list(compilers())
    lines = ["| | " + " | ".join(sides) + " | ratio |", "|---" * (len(sides) + 2) + "|"]
    for program, found in sizes.items():
        cells = [f"{raw:,} ({packed:,})" for raw, packed in found.values()]
        ratio = found[sides[1]][0] / found[sides[2]][0]
        lines.append(f"| {program} | " + " | ".join(cells) + f" | {ratio:.1f} |")
    return lines


def main() -> int:
    for name in MODULES:
        raw, packed = size(OUT / name)
        print(f"{name}: {raw:,} bytes, {packed:,} by gzip -9")
    with tempfile.TemporaryDirectory() as folder:
        print("\n".join(table(build(Path(folder)))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
