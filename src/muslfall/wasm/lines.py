"""Lines of source: what a module's .debug_line says of its code (DWARF 2 to 5, 32 bits).

Addresses are counted from the content of the code section (tool-conventions' Dwarf.md). Names of
numbers are DWARF 5's, sections 6.2 and 7.22. lines.mjs of arch/wasm32/loader does the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from muslfall.wasm.module import CODE, Module
from muslfall.wasm.reader import Reader, WasmError

#: Where wasm-ld leaves functions that it left out (its tombstones).
NEVER = (0, 0xFFFFFFFF, 0xFFFFFFFE)
BLOCK, STRING, UDATA, STRP, LINE_STRP = 0x09, 0x08, 0x0F, 0x0E, 0x1F
#: Bytes of DW_FORM_data1, 2, 4, 8, 16.
SIZES = {0x0B: 1, 0x05: 2, 0x06: 4, 0x07: 8, 0x1E: 16}
PATH, FOLDER = 1, 2


class Line(NamedTuple):
    """A place in the source. file: as the compiler was given it; line: from 1."""

    file: str
    line: int


class Row(NamedTuple):
    """A row of a line table. file: its number; ends: it is the end of a sequence."""

    address: int
    file: int
    line: int
    ends: bool = False


def find(module: Module, offset: int) -> Line | None:
    """Where the byte at an offset of the module's file is in the source; None: it is not said."""
    code = next((section for section in module.sections if section.id == CODE), None)
    whole = module.custom(".debug_line")
    if code is None or whole is None:
        return None
    try:
        while whole.left:
            unit = whole.within(_number(whole, 4), "a unit of lines")
            found = _Unit(module, unit).find(offset - code.offset)
            if found:
                return found if found.file and found.line else None
    except (WasmError, IndexError):
        return None  # it is no DWARF that we know
    return None


class _Unit:
    """The lines of one compilation. unit: its bytes behind its length."""

    def __init__(self, module: Module, unit: Reader) -> None:
        self.module = module
        self.unit = unit
        self.version = _number(unit, 2)

    def find(self, address: int) -> Line | None:
        """The place of an address, if it is this unit's."""
        if not 2 <= self.version <= 5:
            return None
        self.header()
        begin, last = None, None
        for row in self.rows():
            begin = row.address if begin is None else begin
            if last and last.address <= address < row.address and begin not in NEVER:
                return Line(self.path(last.file), last.line)
            if row.ends:
                begin, last = None, None
            elif row.line or last is None:  # line 0: of no line, so that before it counts
                last = row
        return None

    def header(self) -> None:
        if self.version >= 5:
            self.unit.take(2, "sizes of addresses and of segments")
        reader = self.unit.within(_number(self.unit, 4), "a header of lines")
        self.least = reader.byte("an instruction's size")
        if self.version >= 4:
            reader.byte("operations of an instruction")
        reader.byte("whether a row begins a statement at first")
        base = reader.byte("a line's base")
        self.base = base - 256 if base > 127 else base
        self.range = reader.byte("a line's range") or 1
        self.first = reader.byte("the first special code")
        self.lengths = [reader.byte("a length") for _ in range(self.first - 1)]
        if self.version >= 5:
            self.folders, self.files = self.entries(reader), self.entries(reader)
        else:
            self.folders, self.files = [{}, *_old_folders(reader)], [{}, *_old_files(reader)]

    def entries(self, reader: Reader) -> list[dict[int, str | int | None]]:
        """The folders or files of version 5."""
        count = reader.byte("the number of formats")
        forms = [(reader.u32("a kind"), reader.u32("a form")) for _ in range(count)]
        return [
            {kind: self.attribute(reader, form) for kind, form in forms}
            for _ in range(reader.u32("the number of entries"))
        ]

    def attribute(self, reader: Reader, form: int) -> str | int | None:
        if form == STRING:
            return _text(reader)
        if form in (STRP, LINE_STRP):
            name = ".debug_str" if form == STRP else ".debug_line_str"
            return self.text(name, _number(reader, 4))
        if form == UDATA:
            return reader.u32("a number")
        if form == BLOCK:
            return reader.take(reader.u32("a size"), "a block") and None
        if form not in SIZES:
            reader.fail("expected a known form")
        return _number(reader, SIZES[form])

    def text(self, name: str, offset: int) -> str:
        """The text at an offset of a section of texts."""
        section = self.module.custom(name)
        if section is None:
            return ""
        section.take(offset, "texts")
        return _text(section)

    def path(self, number: int) -> str:
        """A file's path as the compiler was given it: folder 0 is where it ran."""
        entry = self.files[number]
        path = str(entry.get(PATH) or "")
        folder = entry.get(FOLDER) or 0
        above = self.folders[int(folder)].get(PATH) if folder else None
        return f"{above}/{path}" if above and path and not path.startswith("/") else path

    def rows(self) -> Iterator[Row]:
        """The rows that the unit's program makes, in its order."""
        reader = self.unit
        address, file, line = 0, 1, 1
        while reader.left:
            code = reader.byte("a code")
            if code >= self.first:
                address += self.least * ((code - self.first) // self.range)
                line += self.base + (code - self.first) % self.range
                yield Row(address, file, line)
            elif code == 0:
                part = reader.within(reader.u32("a size"), "an extended code")
                extended = part.byte("an extended code")
                if extended == 1:
                    yield Row(address, file, line, ends=True)
                    address, file, line = 0, 1, 1
                elif extended == 2:
                    address = _number(part, part.left)
            elif code == 1:
                yield Row(address, file, line)
            elif code == 2:
                address += self.least * reader.u32("an advance")
            elif code == 3:
                line += reader.signed("an advance of lines")
            elif code == 4:
                file = reader.u32("a file")
            elif code == 8:
                address += self.least * ((255 - self.first) // self.range)
            elif code == 9:
                address += _number(reader, 2)
            else:
                for _ in range(self.lengths[code - 1]):
                    reader.u32("an operand")


def _number(reader: Reader, size: int) -> int:
    return int.from_bytes(reader.take(size, "a number"), "little")


def _text(reader: Reader) -> str:
    end = reader.data.find(b"\0", reader.position, reader.end)
    if end < 0:
        reader.fail("expected a text, found no end of it")
    return reader.take(end + 1 - reader.position, "a text")[:-1].decode(errors="replace")


def _old_folders(reader: Reader) -> Iterator[dict[int, str | int | None]]:
    """The folders of versions 2 to 4, of which the first is number 1."""
    while path := _text(reader):
        yield {PATH: path}


def _old_files(reader: Reader) -> Iterator[dict[int, str | int | None]]:
    while path := _text(reader):
        yield {PATH: path, FOLDER: reader.u32("a folder")}
        reader.u32("a time"), reader.u32("a size")
