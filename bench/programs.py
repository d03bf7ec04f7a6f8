"""Whole programs for benchmarks, each by musl-clang and by the WASI libc of the zig wheel.

The programs are those of software/*.recipe.toml: lua (lua), bzip2 (bzip2), sqlite3 and speedtest1
(sqlite), compiled in one command, with the same flags, by the same clang.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from measure import ROOT

from muslfall.base.errors import UsageError
from muslfall.pins.lkgr import load_lkgr
from muslfall.software import recipe as software
from muslfall.software import run as software_run

#: program -> the package that has it.
PROGRAMS = {"bzip2": "bzip2", "lua": "lua", "speedtest1": "sqlite", "sqlite3": "sqlite"}
SIDES = ("muslfall", "wasi")
#: setjmp, lowered as musl-clang's.
SETJMP = [
    "-mcpu=generic+exception_handling+bulk_memory",
    "-mllvm",
    "-wasm-enable-sjlj",
    "-mllvm",
    "-wasm-use-legacy-eh=false",
]
#: What the WASI libc has only when asked.
EMULATED = ("signal", "process-clocks", "getpid")


def zig() -> Path:
    release = load_lkgr(ROOT).releases["llvm"]
    return ROOT / "out/pinned" / release.name / release.tools["clang"][0]


def compiler(side: str) -> list[str]:
    """The words that start a compiler's command line. Raises UsageError: no such side."""
    if side == "muslfall":
        return [str(ROOT / "out/lkgr/bin/musl-clang")]
    if side != "wasi":
        raise UsageError("no such side", side, f"one of: {', '.join(SIDES)}")
    emulated = [f"-D_WASI_EMULATED_{name.upper().replace('-', '_')}" for name in EMULATED]
    absent = str(ROOT / "bench/wasi_absent.h")
    return [str(zig()), "cc", "-target", "wasm32-wasi", *SETJMP, *emulated, "-include", absent]


def libraries(side: str) -> list[str]:
    """The words that end it: what the WASI libc keeps in libraries of their own."""
    if side == "muslfall":
        return []
    return [str(ROOT / "bench/wasi_tag.c"), *(f"-lwasi-emulated-{name}" for name in EMULATED)]


def build(program: str, side: str, folder: Path, flags: Sequence[str] = ("-O2",)) -> Path:
    """Build one of PROGRAMS; its path, FOLDER/PROGRAM.SIDE.wasm.

    Raises MuslfallError: a source cannot be had, or the compiler failed.
    """
    recipe = software.load(ROOT, PROGRAMS[program])
    output = folder.absolute() / f"{program}.{side}.wasm"
    with tempfile.TemporaryDirectory() as work:
        tree = Path(work, recipe.name)
        software_run.lay_out(recipe, software_run.trees([recipe]), tree)
        words = [*compiler(side), "-w", *flags]
        software_run.compile_program(recipe.programs[program], tree, words, output, libraries(side))
    return output


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("programs", nargs="*", choices=[[], *PROGRAMS], default=[])
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    for program in args.programs or PROGRAMS:
        for side in SIDES:
            path = build(program, side, args.folder)
            print(f"{path}: {path.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
