"""The linker's options: what becomes of each, by the table options/linker.txt."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from muslfall.base.values import value

TABLE = Path(__file__).parent / "options" / "linker.txt"


@value
class Option:
    """A row of the table; takes: "none", "one" or "some" values."""

    takes: str
    action: str
    reason: str = ""


@cache
def table() -> dict[str, Option]:
    """Name, without dashes, to its row; `z:WORD` for -z WORD."""
    rows = {}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("# ") and line != "#":
            name, *rest = line.split(" ", 3)
            rows[name] = Option(*rest)
    return rows


def find(word: str) -> Option | None:
    """The row of a word for the linker, such as --as-needed, -O2 or -rpath=/lib."""
    if len(word) < 2 or not word.startswith("-"):
        return None
    name = word.lstrip("-").partition("=")[0]
    short = table().get(word[1]) if word[1] == "O" else None
    return table().get(name) or short


def wants_word(word: str) -> bool:
    """Whether the option's value is the next word."""
    option = find(word)
    exact = word.lstrip("-") in table()
    return word == "-z" or bool(option and exact and option.takes == "one" and "=" not in word)
