"""A cursor over wasm bytes: LEB128 numbers, names and vectors, each checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NoReturn, TypeVar

from muslfall.base.errors import MuslfallError

T = TypeVar("T")


class WasmError(MuslfallError):
    """Bytes that are not the wasm they should be.

    offset: bytes from the start of the file to what is wrong.
    reason: what was expected there, and what was found.
    """

    def __init__(self, reason: str, offset: int, path: str | None = None) -> None:
        self.offset = offset
        self.reason = reason
        super().__init__(reason, f"{path}, byte {offset}" if path else f"byte {offset}")


class UnknownProposal(WasmError):
    """Bytes that have a meaning by a proposal, of which nothing else is known here."""

    def __init__(self, proposal: str, offset: int, path: str | None = None) -> None:
        self.proposal = proposal
        super().__init__(f"uses the proposal {proposal}, which is not known here", offset, path)


class Reader:
    """Reads data[position:end] from left to right; every method raises WasmError."""

    __slots__ = ("data", "position", "end", "path")

    def __init__(self, data: bytes, position: int, end: int, path: str | None = None):
        self.data = data
        self.position = position
        self.end = end
        self.path = path

    def fail(self, reason: str, offset: int | None = None) -> NoReturn:
        """Raise WasmError with this reason, at offset (default: the position), in bytes."""
        raise WasmError(reason, self.position if offset is None else offset, self.path)

    def unknown(
        self, proposals: Mapping[int, str], code: int, expected: str, offset: int
    ) -> NoReturn:
        """Fail as `fail` does, but name the proposal that the code at offset is of, if any."""
        if code in proposals:
            raise UnknownProposal(proposals[code], offset, self.path)
        self.fail(f"expected {expected}, found {code:#04x}", offset)

    @property
    def left(self) -> int:
        """Bytes not read yet."""
        return self.end - self.position

    def byte(self, what: str) -> int:
        """The next byte. what: the thing expected, in words for the error."""
        if self.position >= self.end:
            self.fail(f"expected {what}, found the end")
        value = self.data[self.position]
        self.position += 1
        return value

    def take(self, size: int, what: str) -> bytes:
        """The next `size` bytes."""
        if size > self.left:
            self.fail(f"expected {size} bytes of {what}, found {self.left}")
        start = self.position
        self.position += size
        return self.data[start : self.position]

    def within(self, size: int, what: str) -> Reader:
        """A reader over the next size bytes, which this one then has behind it."""
        if size > self.left:
            self.fail(f"expected {size} bytes of {what}, found {self.left}")
        start = self.position
        self.position += size
        return Reader(self.data, start, self.position, self.path)

    def _leb(self, what: str, bits: int) -> tuple[int, int]:
        """The unsigned value and the number of bits read: at most ceil(bits / 7) bytes."""
        start, value, shift = self.position, 0, 0
        while True:
            byte = self.byte(what)
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value, shift
            if shift >= bits:
                longest = (bits + 6) // 7
                self.fail(f"expected {what}: a number of at most {longest} bytes", start)

    def unsigned(self, what: str, bits: int = 32) -> int:
        """The next number, unsigned LEB128 of at most `bits` bits."""
        start = self.position
        value, _ = self._leb(what, bits)
        if value >> bits:
            self.fail(f"expected {what}: an unsigned number of {bits} bits", start)
        return value

    def u32(self, what: str) -> int:
        """The next number, unsigned LEB128 of at most 32 bits."""
        # Nearly all have one byte or two: a third of a libc's parsing.
        at, data = self.position, self.data
        if at < self.end and data[at] < 0x80:
            self.position = at + 1
            return data[at]
        if at + 1 < self.end and data[at + 1] < 0x80:
            self.position = at + 2
            return data[at] & 0x7F | data[at + 1] << 7
        return self.unsigned(what, 32)

    def signed(self, what: str, bits: int = 32) -> int:
        """The next number, signed LEB128 of at most `bits` bits."""
        start = self.position
        value, read = self._leb(what, bits)
        if value >> (read - 1):
            value -= 1 << read
        if not -(1 << (bits - 1)) <= value < 1 << (bits - 1):
            self.fail(f"expected {what}: a signed number of {bits} bits", start)
        return value

    def name(self, what: str) -> str:
        """The next name: a size in bytes, then as much UTF-8."""
        start, data = self.position, self.data
        if start < self.end and data[start] < 0x80 and start + data[start] < self.end:
            start += 1  # nearly all are short ones: as for u32
            self.position = start + data[start - 1]
            text = data[start : self.position]
        else:
            size = self.u32(f"the length of {what}")
            start = self.position
            text = self.take(size, what)
        try:
            return text.decode()
        except UnicodeDecodeError:
            self.fail(f"expected {what} in UTF-8", start)

    def vector(self, what: str, item: Callable[[Reader], T]) -> list[T]:
        """count, then that many items; an item is at least one byte, so the count is checked."""
        start = self.position
        count = self.u32(f"the number of {what}")
        if count > self.left:
            self.fail(f"expected at most {self.left} {what} in what is left, found {count}", start)
        return [item(self) for _ in range(count)]

    def finish(self, what: str) -> None:
        if self.left:
            self.fail(f"expected the end of {what}, found {self.left} more bytes")
