"""A program's test: how the program in a C file is run, and what it should print.

Beside NAME.c may stand NAME.out, what it writes to standard output (an empty file, or none:
nothing), and NAME.toml with the keys `args`, `env`, `stdin`, `dirs`, `status`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from muslfall import pins
from muslfall.errors import MuslfallError

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
    table = pins.read_toml(config, Path()) if config.exists() else {}
    for key in table:
        if key not in KEYS:
            raise MuslfallError(f"unknown key {key!r}", config, f"known are {', '.join(KEYS)}")
    expected = source.with_suffix(".out")
    return ProgramTest(
        source=source,
        args=tuple(table.get("args", ())),
        env=table.get("env", {}),
        stdin=table.get("stdin", ""),
        dirs=table.get("dirs", {}),
        status=table.get("status", 0),
        stdout=expected.read_bytes() if expected.exists() else b"",
    )
