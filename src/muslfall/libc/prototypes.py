"""C's prototypes of the libc's functions, as its headers have them: for messages about types.

`python -m muslfall.libc.prototypes HEADER_FOLDER OUTPUT` writes a line for each function: its
name, a
tab, `HEADER: DECLARATION`. Both loaders and musl-clang look a name up in there when two modules
do not agree on a type (arch/wasm32/LOADER.md, Messages).
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from muslfall.base import guard
from muslfall.base.errors import MuslfallError
from muslfall.base.files import read_text, write

#: In a sysroot's headers: the folder of musl's own, where the port has one with inline functions.
MUSLS_OWN = "musl"
#: Beside a libc: the file with the prototypes of its functions.
INDEX = "sysroot/share/muslfall/prototypes.txt"
NOT_CODE = re.compile(r"/\*.*?\*/|//[^\n]*|^[ \t]*#(?:\\\n|[^\n])*", re.DOTALL | re.MULTILINE)
LINKAGE = re.compile(r'extern\s+"C"\s*\{')
#: Uses of macros that stand before a declaration: they have no `;` of their own.
MACROS = re.compile(r"^(__[A-Z_]+\([^()]*\) ?)+")
#: What stands behind one: attributes, and macros for them.
ATTRIBUTES = re.compile(r"(?<=\)) ?__\w+ ?(\(.*\))?$")
#: What stands in a declaration and is not its function's name.
NO_NAMES = frozenset(["__attribute__", "_Noreturn", "__asm__", "_Static_assert"])
#: The first name with parameters; or `(*NAME(`, of a function that returns a pointer to one.
DECLARATOR = re.compile(r"\(\s*\*\s*(\w+)\s*\(|\b(\w+)\s*\((?!\s*\*\s*\w+\s*\()")
NO_DECLARATION = re.compile(r"(typedef|static|__inline)\b")
SPELLINGS = {"__restrict": "restrict", "__inline": "inline"}


def statements(text: str) -> Iterator[str]:
    """The declarations of a header outside all braces, each in one line, without their `;`."""
    code = LINKAGE.sub("", NOT_CODE.sub("", text))
    depth, start = 0, 0
    for found in re.finditer(r"[{};]", code):
        if found[0] == ";" and depth == 0:
            yield MACROS.sub("", " ".join(code[start : found.start()].split()))
        depth = max(depth + {"{": 1, "}": -1, ";": 0}[found[0]], 0)
        if depth == 0:
            start = found.end()


def function_name(declaration: str) -> str | None:
    """The name of the function that it declares; None: it declares something else."""
    if NO_DECLARATION.match(declaration) or declaration.startswith(("(", "=")):
        return None
    for found in DECLARATOR.finditer(declaration):
        name = found[1] or found[2]
        if name not in NO_NAMES:
            return name if declaration[: found.start()].strip() else None
    return None


def parse(text: str) -> dict[str, str]:
    """Function to its declaration, in a header's text."""
    found: dict[str, str] = {}
    for statement in statements(text):
        name = function_name(statement)
        if name:
            plain = ATTRIBUTES.sub("", statement)
            spelled = re.sub(r"\b__\w+\b", lambda m: SPELLINGS.get(m[0], m[0]), plain)
            found.setdefault(name, spelled)
    return found


def index(headers: Path) -> str:
    """The text of the file: all functions by name, each from the first header that has it.

    headers: the folder of the sysroot's. Raises MuslfallError: they declare no function, or one is
    not UTF-8; OSError: one cannot be read.
    """
    found: dict[str, str] = {}
    paths = {path.relative_to(headers).as_posix(): path for path in headers.rglob("*.h")}
    for path in (headers / MUSLS_OWN).glob("*.h"):
        paths[path.name] = paths.pop(f"{MUSLS_OWN}/{path.name}")
    for name, path in sorted(paths.items()):
        if name.startswith("bits/"):
            continue
        for function, declaration in parse(read_text(path)).items():
            found.setdefault(function, f"{name}: {declaration}")
    if not found:
        raise MuslfallError("there is no header in it that declares a function", headers)
    return "".join(f"{function}\t{line}\n" for function, line in sorted(found.items()))


def find(text: str, name: str) -> str | None:
    """A function's line in the file: `HEADER: DECLARATION`."""
    lines = (line.split("\t", 1) for line in text.splitlines())
    return next((line[1] for line in lines if line[0] == name and len(line) == 2), None)


def reader(read_file: Callable[[str], bytes]) -> Callable[[str, str], str | None]:
    """A function of a libc's path and a function's name: what its file of prototypes says.

    read_file: path -> bytes, raising OSError.
    """

    def declared(libc: str, name: str) -> str | None:
        try:
            text = read_file(os.path.join(os.path.dirname(libc), INDEX))
        except (OSError, ValueError):
            return None
        return find(text.decode("utf-8", "replace"), name)

    return declared


def main(argv: list[str]) -> int:
    """The build's step."""
    words = guard.words(argv, "muslfall.libc.prototypes", "HEADER_FOLDER", "OUTPUT")
    headers, output = map(Path, words)
    write(output, index(headers))
    return 0


if __name__ == "__main__":
    guard.end(main)
