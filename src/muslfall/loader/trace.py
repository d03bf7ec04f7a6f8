"""System calls as they are made: counted by name, and written as strace writes them.

arch/wasm32/LOADER.md says how; wasm.js does the same in V8.
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Callable, Sequence

from muslfall.base.values import Fresh, holder

#: Beside the kernel: where the numbers have names.
HEADERS = "sysroot/include/bits"
#: Bytes of a buffer that are shown, as by strace, and of a path, Linux's PATH_MAX.
SHOWN = 32
PATH_MAX = 4096
#: Which arguments are paths.
PATHS = {
    "chdir": (0,), "faccessat": (1,), "faccessat2": (1,), "fchmodat": (1,), "fchownat": (1,),
    "fstatat64": (1,), "linkat": (1, 3), "mkdirat": (1,), "mknodat": (1,), "newfstatat": (1,),
    "openat": (1,), "readlinkat": (1,), "renameat": (1, 3), "renameat2": (1, 3), "statfs64": (0,),
    "statx": (1,), "symlinkat": (0, 2), "truncate64": (0,), "unlinkat": (1,), "utimensat": (1,),
    "utimensat_time64": (1,),
}  # fmt: skip
#: What a call writes: the argument that is a buffer, and the next is its size in bytes; or the
#: argument that is an array of iovec, and the next is its length.
BUFFERS = {"write": 1, "pwrite64": 1}
VECTORS = {"writev": 1, "pwritev": 1}
ESCAPES = {ord("\n"): "\\n", ord("\t"): "\\t", ord("\r"): "\\r", ord('"'): '\\"', ord("\\"): "\\\\"}

Memory = Callable[[int, int], bytes]


@holder
class Names:
    """Number -> name, of system calls and of errors."""

    calls: dict[int, str] = Fresh(dict)
    errors: dict[int, str] = Fresh(dict)

    def call(self, number: int) -> str:
        return self.calls.get(number, f"syscall_{number}")

    def error(self, number: int) -> str:
        return self.errors.get(number, f"error {number}")


def read_names(kernel: str, read_file: Callable[[str], bytes]) -> Names:
    """The names in the headers beside a kernel; none if they are not there."""
    folder = os.path.join(os.path.dirname(kernel), HEADERS)
    return Names(
        _defined(os.path.join(folder, "syscall.h"), rb"#define __NR_(\w+)\s+(\d+)", read_file),
        _defined(os.path.join(folder, "errno.h"), rb"#define (E\w+)\s+(\d+)", read_file),
    )


def _defined(path: str, line: bytes, read_file: Callable[[str], bytes]) -> dict[int, str]:
    try:
        text = read_file(path)
    except OSError:
        return {}
    found: dict[int, str] = {}
    for name, number in re.findall(line, text):
        found.setdefault(int(number), name.decode())
    return found


def quoted(content: bytes, whole: bool) -> str:
    """A C string literal; dots behind it if it is not the whole."""
    text = "".join(
        ESCAPES.get(byte) or (chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}")
        for byte in content
    )
    return f'"{text}"' if whole else f'"{text}"...'


def number(value: int) -> str:
    """A signed word: small ones are numbers, others addresses or flags."""
    return str(value) if -4096 < value < 65536 else f"{value & 0xFFFFFFFF:#x}"


class Tracer:
    """Writes a line for each system call, when it returns.

    memory: address and size in bytes -> what is there, less if memory ends. write: for a line.
    """

    def __init__(self, names: Names, memory: Memory, write: Callable[[str], None]) -> None:
        self.names = names
        self.memory = memory
        self.write = write
        self.pending: list[str] = []

    def enter(self, count: int, call: int, *words: int) -> None:
        """A system call with count arguments, the first of the six words."""
        name = self.names.call(call)
        arguments = self.arguments(name, [word & 0xFFFFFFFF for word in words], words[:count])
        self.pending.append(f"{name}({', '.join(arguments)})")

    def leave(self, result: int) -> None:
        """The call that was entered last returns."""
        failed = -4096 < result < 0
        said = f"-1 {self.names.error(-result)}" if failed else number(result)
        self.write(f"{self.pending.pop()} = {said}")

    def finish(self) -> None:
        """The program has ended: calls that did not return never will."""
        while self.pending:
            self.write(f"{self.pending.pop()} = ?")

    def arguments(self, name: str, addresses: list[int], words: Sequence[int]) -> list[str]:
        found = [number(word) for word in words]
        shown = {place: self.path for place in PATHS.get(name, ())}
        shown |= {BUFFERS[name]: self.buffer} if name in BUFFERS else {}
        shown |= {VECTORS[name]: self.vector} if name in VECTORS else {}
        for place, show in shown.items():
            if place < len(found) and addresses[place]:
                following = addresses[place + 1] if place + 1 < len(addresses) else 0
                found[place] = show(addresses[place], following)
        return found

    def path(self, address: int, _: int) -> str:
        content, end, _ = self.memory(address, PATH_MAX).partition(b"\0")
        return quoted(content, bool(end))

    def buffer(self, address: int, size: int) -> str:
        return quoted(self.memory(address, min(size, SHOWN)), size <= SHOWN)

    def vector(self, address: int, length: int) -> str:
        content = self.memory(address, 8 * min(length, SHOWN))
        pairs = struct.iter_unpack("<II", content[: len(content) // 8 * 8])
        items = [f"{{iov_base={self.buffer(*pair)}, iov_len={pair[1]}}}" for pair in pairs]
        return f"[{', '.join(items)}]"
