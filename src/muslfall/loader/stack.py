"""Where a program was: the lines of a stack, a frame each, in the form that both loaders have.

stack.mjs of arch/wasm32/loader does the same. `engines` has an engine's report of a frame.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from muslfall.loader.program import LoadError, Unit
from muslfall.wasm import lines
from muslfall.wasm import module as wasm
from muslfall.wasm.module import CODE
from muslfall.wasm.reader import Reader, WasmError

#: Frames that are shown: of more than MOST, the innermost FIRST and the outermost LAST.
MOST, FIRST, LAST = 19, 12, 4
#: The first part of a mangled name of C++ (Itanium) and of Rust, and Rust's hash at its end.
MANGLED = re.compile(r"_ZN?\d")
HASH = re.compile(r"^h[0-9a-f]{16}$")


class Frame(NamedTuple):
    """A frame. unit: which module; function: its index; offset: bytes from the start of the
    module's file."""

    unit: Unit
    function: int
    offset: int


class Stack(NamedTuple):
    """Frames, the innermost first; whole: the engine has not left out the outermost."""

    frames: Sequence[Frame]
    whole: bool = True


class Teller:
    """Tells of frames. read_file: path -> bytes, raising OSError, for unstripped twins; folders:
    where these may be, beside the folder of their module."""

    def __init__(self, read_file: Callable[[str], bytes], folders: Sequence[str]) -> None:
        self.read_file = read_file
        self.folders = folders
        self.twins: dict[str, wasm.Module] = {}

    def twin(self, unit: Unit) -> wasm.Module:
        """The module as it was before it was stripped, if that is found; else itself."""
        if unit.path not in self.twins:
            self.twins[unit.path] = self.find_twin(unit) or unit.wasm
        return self.twins[unit.path]

    def find_twin(self, unit: Unit) -> wasm.Module | None:
        if unit.wasm.custom(".debug_line"):
            return None
        names = [f"{unit.name}.debug"]
        build = build_id(unit.wasm)
        places = [os.path.join(os.path.dirname(unit.path), names[0])]
        names += [f"{build}.debug"] if build else []
        places += [os.path.join(folder, name) for folder in self.folders for name in names]
        for path in places:
            try:
                module = wasm.parse(self.read_file(path), path)
            except (OSError, ValueError, WasmError, LoadError):
                continue
            if code_of(module) == code_of(unit.wasm):  # else its offsets are not ours
                return module
        return None

    def describe(self, frame: Frame) -> dict[str, str | int]:
        """A frame for --stats."""
        twin = self.twin(frame.unit)
        told: dict[str, str | int] = {
            "function": demangled(name_of(twin, frame.function)),
            "module": frame.unit.name,
            "offset": frame.offset,
        }
        shift = (code_start(twin) or 0) - (code_start(frame.unit.wasm) or 0)
        line = lines.find(twin, frame.offset + shift)
        return told | ({"file": line.file, "line": line.line} if line else {})

    def texts(self, stack: Stack) -> list[str]:
        """The lines of a stack, and a hint if a module in it has no lines of source."""
        shown, left_out = chosen(stack)
        texts = [line_of(self.describe(frame)) for frame in shown]
        if left_out != 0:
            texts.insert(FIRST, f"  … {left_out} more" if left_out else "  … and more")
        hint = self.hint(shown)
        return [*texts, hint] if hint else texts

    def hint(self, frames: Sequence[Frame]) -> str | None:
        """The advice that would make the stack tell more of the program itself."""
        for frame in frames:
            twin = self.twin(frame.unit)
            if is_system(twin) or twin.custom(".debug_line"):
                continue
            name = frame.unit.name
            if not twin.custom("name"):
                where = f"{name}.debug beside it, or --debug=FOLDER"
                return f"hint: {name} is stripped; its unstripped twin tells more: {where}"
            return f"hint: compile {name} with -g to see lines of source"
        return None


def chosen(stack: Stack) -> tuple[Sequence[Frame], int | None]:
    """The frames that are shown, and how many are not; None: some, behind the first FIRST."""
    frames, whole = stack
    if not whole:
        return frames[:FIRST], None
    if len(frames) <= MOST:
        return frames, 0
    return [*frames[:FIRST], *frames[-LAST:]], len(frames) - FIRST - LAST


def line_of(told: dict[str, str | int]) -> str:
    """A frame as a line."""
    line = f" {told['file']}:{told['line']}" if "file" in told else ""
    return f"  at {told['function']} ({told['module']}+{told['offset']:#x}){line}"


def name_of(module: wasm.Module, function: int) -> str:
    """A function's name: the name section's, else an export's, else its index."""
    try:
        name = module.names.functions.get(function)
    except WasmError:
        name = None
    if name:
        return name
    exports = module.exports.values()
    names = [item.name for item in exports if (item.kind, item.index) == ("function", function)]
    plain = [name for name in names if not name.startswith("_")]
    return (plain or names or [f"function[{function}]"])[0]


def demangled(name: str) -> str:
    """A::b of a mangled name that is made of plain parts alone; else the name."""
    if not MANGLED.match(name):
        return name
    parts, at = [], 3 if name.startswith("_ZN") else 2
    while size := re.match(r"\d+", name[at:]):
        at += size.end()
        parts.append(name[at : at + int(size[0])])
        at += int(size[0])
        if not name.startswith("_ZN"):
            return parts[0] if at <= len(name) else name
    if not parts or at >= len(name) or name[at] != "E":
        return name
    if len(parts) > 1 and HASH.match(parts[-1]):
        parts.pop()
    return "::".join(parts)


def is_system(module: wasm.Module) -> bool:
    """Whether it is a libc or a kernel, of which no user has the source at hand."""
    return module.exported("__init_libc", "function") is not None or (
        module.exported("__kernel_start", "function") is not None
    )


def code_start(module: wasm.Module) -> int | None:
    """Where the content of the code section begins."""
    return next((section.offset for section in module.sections if section.id == CODE), None)


def code_of(module: wasm.Module) -> bytes | None:
    for section in module.sections:
        if section.id == CODE:
            return module.data[section.offset : section.offset + section.size]
    return None


def build_id(module: wasm.Module) -> str | None:
    """The build id that wasm-ld --build-id writes, in hexadecimal; None: it was not asked to."""
    reader = module.custom("build_id")
    try:
        return reader.take(reader.u32("a size"), "a build id").hex() if reader else None
    except WasmError:
        return None


def body_start(module: wasm.Module, function: int) -> int | None:
    """Where the body of a function begins, behind its size; None: it has none."""
    start = code_start(module)
    number = function - len(module.imported("function"))
    if start is None or number < 0:
        return None
    reader = Reader(module.data, start, len(module.data))
    for _ in range(min(reader.u32("the number of bodies"), number)):
        reader.take(reader.u32("a body's size"), "a body")
    reader.u32("a body's size")
    return reader.position
