"""The writer of pins: adds a release to the text of a series, and leaves the rest as it is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from muslfall.base.errors import MuslfallError
from muslfall.base.tables import parse_toml, quoted
from muslfall.pins import series as pins
from muslfall.pins.release import VERSION, File

HEAD = "[[release]]"
#: What each release says for itself; everything else is taken over from the newest.
OWN = re.compile(r"(version|requirement|facts)\b")


def split(text: str) -> tuple[str, list[str]]:
    """The text before the releases, and the text of each."""
    before, *releases = re.split(rf"(?m)^(?={re.escape(HEAD)}\s*$)", text)
    return before, releases


def version_of(release: str) -> tuple[int, ...]:
    """The version in a release's text. Raises MuslfallError: it has none."""
    match = re.search(rf'^version\s*=\s*"({VERSION.pattern})"', release, re.MULTILINE)
    if match is None:
        raise MuslfallError("a release has no line version = …")
    return number(match[1])


def number(version: str) -> tuple[int, ...]:
    """A dotted version as numbers, as pins compares them."""
    return tuple(map(int, version.split(".")))


def inherited(newest: str) -> list[str]:
    """The lines of the newest release that hold for a newer one as well: its quirks and kin."""
    own = newest.partition("[[release.")[0].splitlines()[1:]
    return [line for line in own if line.strip() and not OWN.match(line)]


def block(
    version: str,
    requirement: str,
    lines: Sequence[str],
    facts: Mapping[str, str],
    files: Sequence[File],
) -> str:
    """The text of a release. lines: between its requirement and its facts, as they are."""
    found = [HEAD, f"version = {quoted(version)}", f"requirement = {quoted(requirement)}", *lines]
    found += [f"facts.{name} = {quoted(value)}" for name, value in sorted(facts.items())]
    for file in sorted(files, key=lambda file: file.platform):
        found += ["", "[[release.file]]"]
        found += [
            f"{name} = {quoted(value) if isinstance(value, str) else value}"
            for name, value in vars(file).items()
            if value is not None
        ]
    return "\n".join(found) + "\n"


def add(text: str, release: str, where: object, component: str) -> str:
    """The series' text with a release in its place, oldest first. Raises MuslfallError: it is
    there already, or what comes out is no series."""
    before, releases = split(text)
    new = version_of(release)
    for one in releases:
        if version_of(one) == new:
            raise MuslfallError(f"has release {'.'.join(map(str, new))} already", where)
    older = [one for one in releases if version_of(one) < new]
    newer = releases[len(older) :]
    older[-1:] = [one.rstrip("\n") + "\n\n" for one in older[-1:]]
    added = before + "".join(older) + release + "".join(["\n"] if newer else []) + "".join(newer)
    pins.SeriesReader(where, component).read(parse_toml(added, where))
    return added
