"""The options of clang that take the next words as their values, as clangs themselves say.

    python -m muslfall.driver.clang_options CLANG[,WORD...]... > options/clang.txt

CLANG,WORD... is one clang's command, such as out/pinned/llvm-22.1.8/ziglang/zig,clang. The first
has to be of LLVM 20 or newer: those have their options' whole names in the binary, of which older
ones' are a part.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

DATA = Path(__file__).parent / "options" / "clang.txt"
#: What may be an option's name, among the strings of a binary.
NAME = re.compile(rb"(?<=\0)--?[A-Za-z][A-Za-z0-9_+.-]*(?=\0)")
#: Words that clang does not know follow each option; it names those that no option took. More
#: values than three no option has.
MARKERS = 4
MARKER = re.compile(r"--zz\d+-\d")
#: So many options are asked about at once.
TOGETHER = 400
#: These read a file, make another program of clang's driver, or have it stop at the first error.
APART = frozenset(
    ["--config", "--driver-mode", "-cc1", "-cc1as", "-fintegrated-cc1", "-Wfatal-errors"]
)


@cache
def separate() -> dict[str, int]:
    """Option to how many of the next words are its values: the committed data."""
    lines = DATA.read_text(encoding="utf-8").splitlines()
    words = [line.split() for line in lines if not line.startswith("#")]
    return {name: int(count) for name, count in words}


def listed(clang: Sequence[str]) -> set[str]:
    """The options that a clang completes for a shell: those that are not hidden."""
    import subprocess  # slow to import, and musl-clang's own command line needs only the data

    argv = [*clang, "--autocomplete=-"]
    said = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    return {line.split("\t")[0] for line in said.splitlines() if line.startswith("-")}


def hidden(binary: Path) -> set[str]:
    """The strings of a clang's binary that may be an option's name."""
    return {found.decode() for found in NAME.findall(binary.read_bytes())}


def taken(clang: Sequence[str], names: Iterable[str]) -> dict[str, int]:
    """How many of the next words each option takes; one that takes none, or is none, is left out.

    Nothing is compiled: clang is asked for the commands that it would run, with no input.
    """
    known = sorted(set(names) - APART)
    found: dict[str, int] = {}
    for start in range(0, len(known), TOGETHER):
        found |= _taken(clang, known[start : start + TOGETHER])
    return {name: count for name, count in found.items() if 0 < count < MARKERS}


def _taken(clang: Sequence[str], names: Sequence[str]) -> dict[str, int]:
    """The same for few options: by halves where one of them makes clang say nothing of the others.

    An option that is none is named itself, with all the markers behind it. Even so, clang may write
    a file that one of them names: it runs in a folder of its own.
    """
    import subprocess
    import tempfile

    argv = [*clang, "--target=wasm32-unknown-unknown", "-###"]
    for number, name in enumerate(names):
        argv += [name, *(f"--zz{number}-{place}" for place in range(MARKERS))]
    with tempfile.TemporaryDirectory() as folder:
        said = subprocess.run(argv, capture_output=True, text=True, check=False, cwd=folder).stderr
    left = {found.group() for found in MARKER.finditer(said)}
    counts = {
        name: sum(f"--zz{number}-{place}" not in left for place in range(MARKERS))
        for number, name in enumerate(names)
    }
    if len(names) == 1 or MARKERS not in counts.values():
        return counts
    middle = len(names) // 2
    return _taken(clang, names[:middle]) | _taken(clang, names[middle:])


def union(clangs: Iterable[Sequence[str]], names: set[str]) -> dict[str, int]:
    """How many words each option takes, by at least one clang. Raises SystemExit: two disagree."""
    found: dict[str, int] = {"--config": 1}
    for clang in clangs:
        for name, count in taken(clang, names | listed(clang)).items():
            if found.setdefault(name, count) != count:
                raise SystemExit(f"{clang[0]}: {name} takes {count} words, elsewhere {found[name]}")
    return found


def text(counts: Mapping[str, int]) -> str:
    head = [
        "# Options of clang whose values are the next words, and how many: of every pinned LLVM.",
        "# Made by muslfall.driver.clang_options.",
    ]
    return "\n".join([*head, *(f"{name} {count}" for name, count in sorted(counts.items())), ""])


def main(argv: Sequence[str]) -> int:
    clangs = [word.split(",") for word in argv]
    clangs = [[str(Path(first).absolute()), *rest] for first, *rest in clangs]
    if not clangs:
        print(__doc__, file=sys.stderr)
        return 2
    print(text(union(clangs, hidden(Path(clangs[0][0])))), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
