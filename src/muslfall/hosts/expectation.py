"""A program's test: how the program in a C file is run, and what it should print.

Beside NAME.c may stand NAME.out, what it writes to standard output (an empty file, or none:
nothing), and NAME.toml with the keys `args`, `env`, `stdin`, `dirs`, `status`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from muslfall.base import tables
from muslfall.base.tables import read_toml

KEYS = ("args", "env", "stdin", "dirs", "status")


@dataclass(frozen=True)
class ProgramTest:
    """One program's test.

    source: the C file.
    args: the program's arguments after argv[0].
    env: its whole environment.
    stdin: what it reads.
    dirs: guest folder to a folder beside the source, for it to see.
    status: the exit status that is right.
    stdout: what it should write, in bytes.
    """

    source: Path
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    stdin: str = ""
    dirs: Mapping[str, str] = field(default_factory=dict)
    status: int = 0
    stdout: bytes = b""

    def files(self) -> list[Path]:
        """The files that the test is made of, beside the source."""
        beside = [self.source.with_suffix(suffix) for suffix in (".out", ".toml")]
        found = [path for path in beside if path.exists()]
        for folder in self.dirs.values():
            found += (path for path in (self.source.parent / folder).glob("**/*") if path.is_file())
        return sorted(found)


def load_test(source: Path) -> ProgramTest:
    """The test of the program in `source`. Raises MuslfallError: its .toml is malformed."""
    config = source.with_suffix(".toml")
    table = read_toml(config, Path(config.anchor)) if config.exists() else {}
    check = Checker(config)
    check.keys(table, "", required=(), optional=KEYS)
    test = ProgramTest(
        source=source,
        args=check.words(table, "args"),
        env=check.names(table, "env"),
        stdin=check.typed(table, "stdin", "stdin", str, "a string", ""),
        dirs=check.names(table, "dirs"),
        status=check.typed(table, "status", "status", int, "an integer", 0),
        stdout=read_bytes(source.with_suffix(".out")),
    )
    if not 0 <= test.status <= 255:
        check.wrong("status", f"must be 0 to 255, not {test.status}")
    for guest, folder in test.dirs.items():
        if not (source.parent / folder).is_dir():
            check.wrong(f"dirs.{guest}", f"there is no folder {source.parent / folder}")
    check.finish()
    return test


def read_bytes(path: Path) -> bytes:
    """A file's content; nothing when there is none."""
    return path.read_bytes() if path.exists() else b""


class Checker(tables.Checker):
    """Reads what a test says of its program."""

    def words(self, table: Mapping, key: str) -> tuple[str, ...]:
        """A list of strings, which may be empty."""
        value = self.typed(table, key, key, list, "a list of strings", [])
        if not all(isinstance(item, str) for item in value):
            self.wrong(key, f"must be a list of strings, not {value!r}")
            return ()
        return tuple(value)

    def names(self, table: Mapping, key: str) -> dict[str, str]:
        """A table of strings."""
        value = self.table(table, key, key)
        for name, item in value.items():
            if not isinstance(item, str):
                self.wrong(f"{key}.{name}", f"must be a string, not {item!r}")
        return {name: item for name, item in value.items() if isinstance(item, str)}
