"""Known vulnerabilities of pinned releases, as data with sources (toolchain/advisories.toml)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from muslfall.base.tables import Checker, read_toml
from muslfall.base.values import value
from muslfall.pins.release import COMPONENTS, Release

PATH = Path("toolchain/advisories.toml")
KEYS = ("id", "component", "affected", "summary", "source")
VERSION = re.compile(r"\d+(\.\d+)*")


@value
class Advisory:
    """One vulnerability.

    affected: pairs of versions: the first release that has it, and the first without it; the
        second is empty where there is none yet.
    mended: the file of the port that takes the place of what has it, or "".
    """

    id: str
    component: str
    affected: tuple[tuple[str, str], ...]
    summary: str
    source: str
    mended: str

    def concerns(self, release: Release) -> bool:
        """Whether `release` is one of those that have it."""
        if release.component != self.component or not VERSION.fullmatch(release.version):
            return False
        this = numbers(release.version)
        return any(
            numbers(first) <= this and (not fixed or this < numbers(fixed))
            for first, fixed in self.affected
        )

    def line(self, release: Release) -> str:
        """The advisory in a line, for a person."""
        mended = f"; {self.mended} stands in for it" if self.mended else ""
        name = f"{release.component} {release.version}"
        return f"{name}: {self.id}: {self.summary}{mended} ({self.source})"


def numbers(version: str) -> tuple[int, ...]:
    """A dotted version as numbers, to be compared."""
    return tuple(map(int, version.split(".")))


def load(root: Path) -> tuple[Advisory, ...]:
    """All advisories, in the order of their file.

    Raises MuslfallError naming the file, the key and what is wrong.
    """
    checker = Reader(PATH)
    table = read_toml(root / PATH, root)
    entries = checker.tables(table, "advisory", "advisory")
    found = tuple(checker.advisory(entry, f"advisory[{n}]") for n, entry in enumerate(entries))
    checker.finish()
    return found


class Reader(Checker):
    """Reads the table, and gathers what is wrong with it."""

    def advisory(self, entry: dict, name: str) -> Advisory:
        if isinstance(entry.get("id"), str):
            name = f"advisory {entry['id']}"
        self.keys(entry, name, KEYS, ("mended",))
        return Advisory(
            id=self.text(entry, "id", f"{name}.id"),
            component=self.choice(entry, "component", f"{name}.component", COMPONENTS),
            affected=tuple(self.ranges(entry.get("affected", []), f"{name}.affected")),
            summary=self.text(entry, "summary", f"{name}.summary"),
            source=self.text(entry, "source", f"{name}.source"),
            mended=self.text(entry, "mended", f"{name}.mended"),
        )

    def ranges(self, pairs: object, name: str) -> Iterable[tuple[str, str]]:
        if not isinstance(pairs, list) or not pairs:
            self.wrong(name, "must be a list of pairs of versions")
            return
        for pair in pairs:
            whole = (
                isinstance(pair, list) and len(pair) == 2 and all(isinstance(v, str) for v in pair)
            )
            if not whole or not VERSION.fullmatch(pair[0]) or not VERSION.fullmatch(pair[1] or "0"):
                self.wrong(
                    name, f"{pair!r} must be two versions, such as 1.2.3, the second or empty"
                )
            else:
                yield pair[0], pair[1]


def of(releases: Iterable[Release], root: Path) -> list[str]:
    """A line for each known vulnerability of each release, in the order of the releases."""
    known = load(root)
    return [a.line(release) for release in releases for a in known if a.concerns(release)]
