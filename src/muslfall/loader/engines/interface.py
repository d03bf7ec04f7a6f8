"""The interface of an engine: to compile and instantiate modules, and keep what they share.

Phases 4 to 6 of arch/wasm32/LOADER.md (`machine`) know no other words than these. Functions,
memories, tables and cells are handles, which only the engine that gave them can read; numbers are
i32, and count as unsigned when they come and as either when they go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from muslfall.wasm import module as wasm
    from muslfall.wasm.types import FunctionType

#: What an engine gives and takes back: a compiled module, and what an instance exports.
Code = Any
Handle = Any

#: By wasmtime's names of them, in the words of the core specification's tests; V8 tells a null
#: entry and a wrong type apart no more than we do.
REASONS = {
    "STACK_OVERFLOW": "call stack exhausted",
    "MEMORY_OUT_OF_BOUNDS": "out of bounds memory access",
    "TABLE_OUT_OF_BOUNDS": "out of bounds table access",
    "INDIRECT_CALL_TO_NULL": "indirect call type mismatch",
    "BAD_SIGNATURE": "indirect call type mismatch",
    "INTEGER_OVERFLOW": "integer overflow",
    "INTEGER_DIVISION_BY_ZERO": "integer divide by zero",
    "BAD_CONVERSION_TO_INTEGER": "invalid conversion to integer",
    "UNREACHABLE": "unreachable",
    "UNCAUGHT_EXCEPTION": "uncaught exception",
}


#: The status of a program that SIGABRT ended, as a shell has it.
ABORTED = 134


class RawFrame(NamedTuple):
    """A frame as an engine tells of it. tag: what its module was compiled of (engines/wasmtime);
    function: an index in what was compiled; offset: bytes from the start of its body, None:
    unknown."""

    tag: str
    function: int
    offset: int | None


class Exit(Exception):
    """The program called WASI's proc_exit with this status.

    frames: where, if the status is ABORTED; the innermost first.
    """

    def __init__(self, status: int, frames: Sequence[RawFrame] = ()) -> None:
        super().__init__(status)
        self.status = status
        self.frames = frames


class Trapped(Exception):
    """The program ended with a wasm trap; the text is the reason, one of REASONS if it has it.

    frames: where, the innermost first, as far as the engine tells.
    """

    def __init__(self, reason: str, frames: Sequence[RawFrame] = ()) -> None:
        super().__init__(reason)
        self.frames = frames


class Refused(Exception):
    """The engine does not do what it was asked; the text is its reason, in one line."""


class Engine:
    """One program's engine, and all that lives in it. An engine implements every method."""

    def compile(self, module: wasm.Module, part: Any = None) -> Code:
        """A module made ready. part: what the program reaches of it; None: all. Raises Refused."""
        raise NotImplementedError

    def assemble(self, data: bytes) -> Code:
        """The same for bytes of the loader's own."""
        raise NotImplementedError

    def configure(
        self,
        arguments: Sequence[str],
        environment: Sequence[tuple[str, str]],
        folders: Sequence[tuple[str, str]],
    ) -> list[str]:
        """What WASI tells the program; returns the host folders that cannot be opened.

        folders: host and guest path of each.
        """
        raise NotImplementedError

    def instantiate(
        self,
        name: str,
        code: Code,
        given: Iterable[tuple[str, str, Handle]] = (),
        tags: Mapping[str, tuple[str, FunctionType]] = MappingProxyType({}),
        wasi: bool = False,
    ) -> None:
        """Make an instance, known by its name from then on.

        given: module, name and value of each import that is no tag. tags: the name of one of env
        to the instance that exports it, and its type. wasi: it gets WASI's functions, too, of
        which proc_exit raises Exit. Raises Refused; Exit or Trapped: its start function ended so.
        """
        raise NotImplementedError

    def export(self, instance: str, name: str) -> Handle:
        """An instance's export of that name."""
        raise NotImplementedError

    def call(self, function: Handle, *arguments: int) -> int | None:
        """Call a function: the program runs. Raises Exit or Trapped."""
        raise NotImplementedError

    def function(self, parameters: int, run: Callable[..., None]) -> Handle:
        """A function of so many i32 and no result, which calls `run`."""
        raise NotImplementedError

    def memory(self, pages: int, limit: int) -> Handle:
        """A new memory, in pages of 64 KiB. Raises Refused."""
        raise NotImplementedError

    def read(self, memory: Handle, address: int, size: int) -> bytes:
        """The bytes of a memory, fewer if it ends before."""
        raise NotImplementedError

    def write(self, memory: Handle, address: int, content: bytes) -> None:
        """Write into a memory, within its size."""
        raise NotImplementedError

    def memory_size(self, memory: Handle) -> int:
        """Bytes of a memory now."""
        raise NotImplementedError

    def table(self, size: int) -> Handle:
        """A new table of functions, all of them null."""
        raise NotImplementedError

    def table_size(self, table: Handle) -> int:
        """Entries of a table now."""
        raise NotImplementedError

    def grow_table(self, table: Handle, count: int) -> None:
        """Add so many null entries. Raises Refused."""
        raise NotImplementedError

    def set_entry(self, table: Handle, index: int, function: Handle) -> None:
        """Put a function into an entry of a table."""
        raise NotImplementedError

    def cell(self, value: int, mutable: bool) -> Handle:
        """A new global i32."""
        raise NotImplementedError

    def set_cell(self, cell: Handle, value: int) -> None:
        """Write a global i32 that is mutable."""
        raise NotImplementedError

    def close(self) -> None:
        """Give back all that the program had. What stays readable: nothing."""
        raise NotImplementedError
