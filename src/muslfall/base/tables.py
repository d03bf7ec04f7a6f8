"""TOML tables: read, and checked value by value; a string as TOML writes it."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path, PurePosixPath
from types import ModuleType

from muslfall.base.errors import MuslfallError, raise_gathered
from muslfall.base.files import read_text
from muslfall.base.printable import shown


def toml_module() -> ModuleType:
    """tomllib, or its twin tomli on Python 3.10."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    return tomllib


#: How deep tables and lists may lie in each other: that of a record is 5.
DEPTH = 32
#: The greatest integer that a file may have: a size, a number of a build.
GREATEST = (1 << 63) - 1


def read_toml(path: Path, root: Path) -> dict:
    """The table in the TOML file `path`. Raises MuslfallError: unreadable or not TOML."""
    where = path.relative_to(root)
    try:
        return parse_toml(read_text(path, where), where)
    except FileNotFoundError:
        raise MuslfallError("no such file; it is part of the checkout", where) from None


def parse_toml(text: str, where: object) -> dict:
    """The table in a TOML text. Raises MuslfallError: it is not TOML, or nested too deeply."""
    return parse(toml_module().loads, text, where, "TOML")


def parse_json(text: str | bytes, where: object) -> object:
    """The value in a JSON text. Raises MuslfallError: it is not JSON, or nested too deeply."""
    return parse(json.loads, text, where, "JSON")


def parse(loads: Callable, text: str | bytes, where: object, kind: str):
    """What `loads` makes of a text, if it is no deeper than DEPTH.

    Both parsers recurse, and both let int() refuse more than 4,300 digits in its own words.
    """
    try:
        value = loads(text)
    except RecursionError:
        raise MuslfallError(f"is nested more than {DEPTH} deep", where) from None
    except ValueError as error:
        raise MuslfallError(f"is not {kind}: {str(error)[:200]}", where) from None
    if not is_flat(value):
        raise MuslfallError(f"is nested more than {DEPTH} deep", where)
    return value


def is_flat(value: object) -> bool:
    """Whether a value has at most DEPTH tables and lists in each other."""
    level = [] if is_leaf(value) else [value]
    for _ in range(DEPTH):
        parts = [part.values() if isinstance(part, dict) else part for part in level]
        level = [one for part in parts if not is_leaf(part) for one in part if not is_leaf(one)]
    return not level


def is_leaf(value: object) -> bool:
    return isinstance(value, (str, bytes, int, float)) or not isinstance(value, Iterable)


def quoted(text: str) -> str:
    """A TOML string. As JSON's, but for DEL, and TOML has no surrogates."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


class Checker:
    """Reads typed values out of TOML tables and gathers what is wrong with them.

    Each reader takes the table, the key, and the key's full name for messages, and returns
    a value of the right type even when the file's is wrong, so that one pass finds all.
    """

    def __init__(self, path: object) -> None:
        self.path = path
        self.problems: list[MuslfallError] = []

    def wrong(self, name: str, what: str) -> None:
        where = f"{self.path}: {name}" if name else f"{self.path}"
        self.problems.append(MuslfallError(what, where))

    def finish(self) -> None:
        raise_gathered(self.problems, f"{self.path} is malformed")

    def keys(
        self, table: Mapping, name: str, required: tuple[str, ...], optional: tuple[str, ...] = ()
    ) -> None:
        """Every required key is there, and no key that is not known."""
        prefix = f"{name}." if name else ""
        for key in required:
            if key not in table:
                self.wrong(prefix + key, "is missing")
        known = required + optional
        for key in table:
            if key not in known:
                self.wrong(prefix + key, f"unknown key; known are {', '.join(known)}")

    def typed(self, table: Mapping, key: str, name: str, kind: type, noun: str, default):
        if key not in table:
            return default
        value = table[key]
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            self.wrong(name, f"must be {noun}, not {shown(value)}")
            return default
        return value

    def text(self, table: Mapping, key: str, name: str, lines: bool = False) -> str:
        """A string that is not empty. lines: it may have more than one line."""
        value = self.typed(table, key, name, str, "a string", "")
        if table.get(key) == "":
            self.wrong(name, "must not be empty")
        if not is_plain(value, lines):
            self.wrong(name, f"must have no control characters or line breaks: {shown(value)}")
            return ""
        return value

    def integer(self, table: Mapping, key: str, name: str, least: int) -> int:
        value = self.typed(table, key, name, int, "an integer", least)
        if value < least:
            self.wrong(name, f"must be at least {least}, not {shown(value)}")
        if value > GREATEST:
            self.wrong(name, f"must be at most {GREATEST}, not {shown(value)}")
            return least
        return value

    def table(self, table: Mapping, key: str, name: str) -> dict:
        return self.typed(table, key, name, dict, "a table", {})

    def choice(self, table: Mapping, key: str, name: str, choices: tuple[str, ...]) -> str:
        value = self.text(table, key, name)
        if value and value not in choices:
            self.wrong(name, f"{shown(value)} is not one of {', '.join(choices)}")
        return value

    def strings(self, table: Mapping, key: str, name: str, lines: bool = False) -> tuple[str, ...]:
        """A list of strings, none of them empty. lines: as for `text`."""
        value = self.typed(table, key, name, list, "a list of strings", [])
        if not all(isinstance(item, str) and item for item in value):
            self.wrong(name, f"must be a list of strings, not {shown(value)}")
            return ()
        if not all(is_plain(item, lines) for item in value):
            self.wrong(name, f"must have no control characters or line breaks: {shown(value)}")
            return ()
        return tuple(value)

    def tables(self, table: Mapping, key: str, name: str) -> list[dict]:
        value = self.typed(table, key, name, list, "a list of tables", [])
        if not all(isinstance(item, dict) for item in value):
            self.wrong(name, "must be a list of tables")
            return []
        return value

    def inside(self, path: str, name: str) -> None:
        """`path` is relative and stays inside the folder that it starts from."""
        pure = PurePosixPath(path)
        if pure.is_absolute() or ".." in pure.parts or "\\" in path:
            self.wrong(name, f"{shown(path)} must be a relative path without '..'")


#: Control characters but for the tab, line and paragraph separators, marks that turn the direction
#: of writing, lone surrogates.
UNPRINTABLE = re.compile(
    "[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def is_plain(text: str, lines: bool = False) -> bool:
    """Whether a string may be printed, and put on a line of another file, as it is.

    lines: it may have line breaks, since it is for neither.
    """
    return not UNPRINTABLE.search(text.replace("\n", "") if lines else text)
