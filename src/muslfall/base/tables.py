"""TOML tables: read, and checked value by value."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from types import ModuleType

from muslfall.base.errors import MuslfallError, raise_gathered


def toml_module() -> ModuleType:
    """tomllib, or its twin tomli on Python 3.10."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    return tomllib


def read_toml(path: Path, root: Path) -> dict:
    """The table in the TOML file `path`. Raises MuslfallError: unreadable or not TOML."""
    where = path.relative_to(root)
    toml = toml_module()
    try:
        return toml.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise MuslfallError("no such file; it is part of the checkout", where) from None
    except (toml.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MuslfallError(f"is not TOML: {error}", where) from None


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
            self.wrong(name, f"must be {noun}, not {value!r}")
            return default
        return value

    def text(self, table: Mapping, key: str, name: str) -> str:
        value = self.typed(table, key, name, str, "a string", "")
        if table.get(key) == "":
            self.wrong(name, "must not be empty")
        return value

    def integer(self, table: Mapping, key: str, name: str, least: int) -> int:
        value = self.typed(table, key, name, int, "an integer", least)
        if value < least:
            self.wrong(name, f"must be at least {least}, not {value}")
        return value

    def table(self, table: Mapping, key: str, name: str) -> dict:
        return self.typed(table, key, name, dict, "a table", {})

    def choice(self, table: Mapping, key: str, name: str, choices: tuple[str, ...]) -> str:
        value = self.text(table, key, name)
        if value and value not in choices:
            self.wrong(name, f"{value!r} is not one of {', '.join(choices)}")
        return value

    def strings(self, table: Mapping, key: str, name: str) -> tuple[str, ...]:
        value = self.typed(table, key, name, list, "a list of strings", [])
        if not all(isinstance(item, str) and item for item in value):
            self.wrong(name, f"must be a list of strings, not {value!r}")
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
            self.wrong(name, f"{path!r} must be a relative path without '..'")
