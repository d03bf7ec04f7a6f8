"""Mutations of wasm modules: seeded, and of everything but function bodies.

A body that is changed may be one that never ends, and is the engine's business.
"""

from __future__ import annotations

import random
from base64 import b64encode

from muslfall.wasm import module as wasm
from muslfall.wasm import writer as write

#: Numbers that readers get wrong.
NUMBERS = (0, 1, 2, 0x7F, 0x80, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 1 << 32)


def sections(data: bytes) -> list[bytes]:
    """A valid module's sections, each with its id and size."""
    bounds = [8, *(section.offset + section.size for section in wasm.parse(data).sections)]
    return [data[start:end] for start, end in zip(bounds, bounds[1:], strict=False)]


def mutate(data: bytes, source: random.Random) -> bytes:
    """The module with one to three changes."""
    parts = sections(data)
    for _ in range(source.choice((1, 1, 1, 2, 3))):
        source.choice((change_section,) * 6 + (move, drop, repeat))(parts, source)
    if source.random() < 0.1:
        cut(parts, source)
    return data[:8] + b"".join(parts)


def change_section(parts: list[bytes], source: random.Random) -> None:
    """Change the content of one section, whose size stays right."""
    places = [i for i, part in enumerate(parts) if part[0] != wasm.CODE]
    if not places:
        return
    place = source.choice(places)
    size_length = next(i for i, byte in enumerate(parts[place][1:], 1) if byte < 0x80)
    content = bytearray(parts[place][1 + size_length :])
    source.choice((flip, overwrite, insert, remove, number))(content, source)
    parts[place] = parts[place][:1] + write.sized(bytes(content))


def flip(content: bytearray, source: random.Random) -> None:
    if content:
        content[source.randrange(len(content))] ^= 1 << source.randrange(8)


def overwrite(content: bytearray, source: random.Random) -> None:
    if content:
        content[source.randrange(len(content))] = source.choice((0, 1, 0x7F, 0x80, 0xFF))


def insert(content: bytearray, source: random.Random) -> None:
    content.insert(source.randint(0, len(content)), source.randrange(256))


def remove(content: bytearray, source: random.Random) -> None:
    if content:
        start = source.randrange(len(content))
        del content[start : start + source.randint(1, 4)]


def number(content: bytearray, source: random.Random) -> None:
    """A number in place of a byte."""
    if content:
        at = source.randrange(len(content))
        content[at : at + 1] = write.unsigned(source.choice(NUMBERS))


def move(parts: list[bytes], source: random.Random) -> None:
    parts.insert(source.randint(0, len(parts)), parts.pop(source.randrange(len(parts))))


def drop(parts: list[bytes], source: random.Random) -> None:
    if len(parts) > 1:
        parts.pop(source.randrange(len(parts)))


def repeat(parts: list[bytes], source: random.Random) -> None:
    parts.insert(source.randint(0, len(parts)), source.choice(parts))


def cut(parts: list[bytes], source: random.Random) -> None:
    """A section cut off, so that its size is wrong."""
    place = source.randrange(len(parts))
    parts[place] = parts[place][: source.randint(1, len(parts[place]))]


SEED = 20160301
#: Command lines of fixtures of which one module is mutated.
PROGRAMS = [
    ["truncated.wasm", "tag.wasm"],
    ["tag-main.wasm", "tag.wasm"],
    ["data-main.wasm", "data.wasm"],
    ["needs-even.wasm"],
    ["weak.wasm", "weak-there.wasm"],
    ["hello.wasm", "kernel.wasm"],
    ["pointer-main.wasm", "pointer.wasm", "kernel.wasm"],
    ["who-main.wasm", "who-a.wasm", "who-b.wasm", "kernel.wasm"],
    ["relocs.wasm", "kernel.wasm"],
    ["old-dylink.wasm", "kernel.wasm"],
]


def command_line(modules: list[str]) -> list[str]:
    return [f"--kernel={name}" if name == "kernel.wasm" else name for name in modules]


def mutants(folder, count: int) -> list[tuple[dict, dict[str, bytes]]]:
    """Jobs for the drivers, each with one module mutated, and that module by its name."""
    source = random.Random(SEED)
    found = []
    for _ in range(count):
        modules = source.choice(PROGRAMS)
        name = source.choice(modules)
        mutant = mutate((folder / name).read_bytes(), source)
        files = {name: b64encode(mutant).decode()}
        found.append(({"argv": command_line(modules), "files": files}, {name: mutant}))
    return found
