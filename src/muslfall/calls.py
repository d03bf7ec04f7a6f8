"""Which functions of a module call which, in a file beside it: a loader may compile less by it.

    sysroot/share/muslfall/NAME.calls, of NAME.wasm

The file is sealed as those of the cache are (`compiled`), with the module's digest for a key: it
counts for these very bytes. In it, 32-bit words, low byte first: how many functions there are,
imports first; for each, where its callees begin among those of all, and where the last one's end;
the callees. An indirect call reaches whatever is in a table: nothing here says what that is.
"""

from __future__ import annotations

import os
import re
import struct
import sys
from collections.abc import Iterable, Sequence
from io import BytesIO
from pathlib import Path

from muslfall import compiled, wasm
from muslfall.errors import MuslfallError

FOLDER = "sysroot/share/muslfall"
#: A function's beginning, or an instruction that names another, in the text of a module that has
#: no names.
LINE = re.compile(r"^  \(func \(;(\d+);\)|^ +(?:call|return_call|ref\.func) (\d+)", re.MULTILINE)


def path_for(module: str) -> str:
    """Where the file is of the module with this path."""
    folder, name = os.path.split(module)
    return os.path.join(folder, FOLDER, f"{os.path.splitext(name)[0]}.calls")


class Calls:
    """Function index -> the functions that it calls, as `load` found it."""

    def __init__(self, starts: Sequence[int], callees: Sequence[int]) -> None:
        self.starts = starts
        self.callees = callees

    def reached(self, roots: Iterable[int]) -> set[int]:
        """The roots, what they call, what that calls, and so on."""
        found = set(roots)
        left = list(found)
        while left:
            caller = left.pop()
            for callee in self.callees[self.starts[caller] : self.starts[caller + 1]]:
                if callee not in found:
                    found.add(callee)
                    left.append(callee)
        return found


def dump(module: wasm.Module, callees: Sequence[Iterable[int]]) -> bytes:
    """A file's content. callees: those of each function of the module, imports first."""
    lists = [sorted(set(each)) for each in callees]
    starts = [0]
    for each in lists:
        starts.append(starts[-1] + len(each))
    words = [len(lists), *starts, *(callee for each in lists for callee in each)]
    return compiled.wrap(module.digest.hex(), struct.pack(f"<{len(words)}I", *words))


def load(content: bytes, module: wasm.Module) -> Calls | None:
    """What a file says; None: it is not whole, or of another module."""
    size = compiled.whole(module.digest.hex(), BytesIO(content))
    if size is None:
        return None
    words = struct.unpack_from(f"<{size // 4}I", content)
    first = len(module.functions) + 2  # of the callees
    return Calls(words[1:first], words[first:]) if len(words) >= first else None


def read(module: wasm.Module, text: str) -> list[list[int]]:
    """The callees of each function, from the text of the module without its names.

    Raises MuslfallError: the text is of another module.
    """
    found: list[list[int]] = [[] for _ in module.functions]
    defined = 0
    for start, callee in LINE.findall(text):
        if start:
            caller = int(start)
            defined += 1
        else:
            found[caller].append(int(callee))
    if defined != len(module.functions) - len(module.imported("function")):
        raise MuslfallError(f"{defined} functions in the text are not the module's", module.path)
    return found


def without_names(module: wasm.Module) -> bytes:
    """The module's bytes without its name section."""
    parts, start = [module.data[:8]], 8
    for section in module.sections:
        end = section.offset + section.size
        if (section.id, section.name) != (wasm.CUSTOM, "name"):
            parts.append(module.data[start:end])
        start = end
    return b"".join(parts)


def main(argv: list[str]) -> int:
    """The build's step: MODULE CALLS WASM-TOOLS…"""
    import subprocess  # which a loader does not need

    path, target, *tools = argv
    module = wasm.parse(Path(path).read_bytes(), path)
    printed = subprocess.run([*tools, "print", "-"], input=without_names(module),
                             stdout=subprocess.PIPE, check=True)  # fmt: skip
    Path(target).write_bytes(dump(module, read(module, printed.stdout.decode())))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
