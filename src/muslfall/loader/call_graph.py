"""Where the functions of a module name which others, in a file beside it: a loader may leave out
the rest.

    sysroot/share/muslfall/NAME.calls, of NAME.wasm

The file is sealed as those of the cache are (`cache`), with the module's digest for a key: it
counts for these very bytes. In it, 32-bit words, low byte first: for each function, imports first,
which of all calls is its first, and how many there are; the callees; and, of each, where its index
stands, in bytes from the start of the module. An indirect call reaches whatever is in a table:
nothing here says what that is.
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from pathlib import Path

from muslfall.base.errors import MuslfallError
from muslfall.base.files import write
from muslfall.loader import cache
from muslfall.wasm import module as wasm
from muslfall.wasm.reader import Reader

FOLDER = "sysroot/share/muslfall"
#: In what wasm-tools dumps of a module: a function's beginning, and an instruction that names a
#: function: where it is, and the function's index.
LINE = re.compile(
    r"^=+ func (\d+) =+$|^ *0x([0-9a-f]+) \| [0-9a-f ]+\| \w+ function_index:(\d+)$", re.MULTILINE
)

Call = tuple[int, int]


def path_for(module: str) -> str:
    """Where the file is of the module with this path."""
    folder, name = os.path.split(module)
    return os.path.join(folder, FOLDER, f"{os.path.splitext(name)[0]}.calls")


class Calls:
    """The calls in a file. Callee and place of the calls of function f are those from starts[f] on,
    to starts[f + 1]."""

    def __init__(self, starts: Sequence[int], callees: Sequence[int], places: Sequence[int]):
        self.starts = starts
        self.callees = callees
        self.places = places

    def of(self, function: int) -> Iterator[Call]:
        """Callee and place of each call, in their order."""
        calls = slice(self.starts[function], self.starts[function + 1])
        return zip(self.callees[calls], self.places[calls], strict=True)

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


def dump(module: wasm.Module, calls: Sequence[Sequence[Call]]) -> bytes:
    """A file's content. calls: callee and place of those of each function, imports first."""
    every = [call for each in calls for call in each]
    starts = [0]
    for each in calls:
        starts.append(starts[-1] + len(each))
    words = [*starts, *(callee for callee, _ in every), *(place for _, place in every)]
    return cache.wrap(module.digest.hex(), struct.pack(f"<{len(words)}I", *words))


def load(content: bytes, module: wasm.Module) -> Calls | None:
    """The calls in a file; None: it is not whole, or of another module."""
    size = cache.whole(module.digest.hex(), BytesIO(content))
    first = len(module.functions) + 1  # of the callees
    if size is None or size < 4 * first:
        return None
    words = struct.unpack_from(f"<{size // 4}I", content)
    last = first + words[first - 1]
    return Calls(words[:first], words[first:last], words[last:])


def read(module: wasm.Module, text: str) -> list[list[Call]]:
    """The calls of each function, from what wasm-tools dumps of the module.

    Raises MuslfallError: that is of another module.
    """
    found: list[list[Call]] = [[] for _ in module.functions]
    defined, caller = 0, None
    for start, at, callee in LINE.findall(text):
        if start:
            caller = int(start)
            defined += 1
        elif caller is not None:  # and not in a global's or a segment's expression
            place = int(at, 16) + 1  # behind the instruction's code
            if Reader(module.data, place, len(module.data)).u32("an index") != int(callee):
                raise MuslfallError(f"no call of function {callee} at byte {place}", module.path)
            found[caller].append((int(callee), place))
    if defined != len(module.functions) - len(module.imported("function")):
        raise MuslfallError(f"{defined} functions in the text are not the module's", module.path)
    return found


def main(argv: list[str]) -> int:
    """The build's step: MODULE CALLS WASM-TOOLS…"""
    import subprocess  # neither is for a loader

    from muslfall.base import guard

    path, target, *tools = guard.words(
        argv, "muslfall.loader.call_graph", "MODULE", "CALLS", "WASM-TOOLS…"
    )
    module = wasm.parse(Path(path).read_bytes(), path)
    done = subprocess.run([*tools, "dump", path], stdout=subprocess.PIPE, check=False)
    if done.returncode:
        raise MuslfallError(f"{tools[0]} dump ended with status {done.returncode}", path)
    write(Path(target), dump(module, read(module, done.stdout.decode(errors="replace"))))
    return 0


if __name__ == "__main__":
    from muslfall.base.guard import end

    end(main)
