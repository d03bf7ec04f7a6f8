"""The addition: newer releases of a component, found in its registry and written into its pins."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from muslfall.base.errors import MuslfallError
from muslfall.base.files import digest, write_if_changed
from muslfall.fetch import registry
from muslfall.fetch.registry import Found, Registry
from muslfall.fetch.store import Store
from muslfall.pins import series as pins
from muslfall.pins import writer as pin_writer
from muslfall.pins.release import PLATFORMS, File, Release, current_platform
from muslfall.waterfall import revision
from muslfall.waterfall.record import Repository

Say = Callable[[str], None]


@dataclass(frozen=True)
class Added:
    """A release that is new in a series, and what its tool says of itself."""

    version: str
    requirement: str
    said: Repository
    platforms: tuple[str, ...]


def search(component: str, wanted: Sequence[str], work: Path) -> tuple[Registry, list[Found]]:
    """The registry of a component, and the versions in it that could be added, oldest first."""
    newest = pins.load_series(Path(), component).releases[-1]
    asked = registry.of(newest, work)
    return asked, registry.newer(asked, wanted)


def add(component: str, asked: Registry, one: Found, store: Store, say: Say) -> Added | None:
    """Add a version to the series; None: the series has that release already.

    Every file is downloaded, for its sha256 and its size; this machine's is unpacked into the
    store, and its tool is asked which release it is. Raises MuslfallError.
    """
    say(f"{one.requirement}:")
    series = pins.load_series(Path(), component)
    if one.requirement in {release.requirement for release in series.releases}:
        say("  is pinned already")
        return None
    newest = asked.newest
    files = download(asked, one, store, say)
    release = replace(newest, requirement=one.requirement, files=tuple(files))
    said = revision.of(release, unpack(release, store))
    version = version_in(said, one)
    if version in series.versions():
        known = series.release(version)
        say(f"  is {component} {version}, which is pinned as {known.requirement}; not added")
        return None
    path = pins.series_path(Path(), component)
    text = path.read_text(encoding="utf-8")
    lines = pin_writer.inherited(pin_writer.split(text)[1][-1])
    block = pin_writer.block(version, one.requirement, lines, facts(component, one, said), files)
    write_if_changed(path, pin_writer.add(text, block, path, component))
    return Added(version, one.requirement, said, tuple(sorted(file.platform for file in files)))


def download(asked: Registry, one: Found, store: Store, say: Say) -> list[File]:
    """The files of a version, one per platform that has one; this machine's is in the store.

    Raises MuslfallError: there is none for this machine.
    """
    known = {file.platform for file in asked.newest.files}
    here = current_platform() if "any" not in known else "any"
    found = []
    for platform in PLATFORMS:
        if (platform == "any") != ("any" in known):
            continue
        with store.workspace() as work:
            path = asked.download(one, platform, work)
            if path is None:
                say(f"  {platform}: no file")
                continue
            file = File(platform, path.name, digest(path), path.stat().st_size)
            file = replace(file, **public(asked.newest, one))
            say(f"  {platform}: {file.name}, {file.size:,} bytes")
            if platform == here:
                store.admit(path, file)
            found.append(file)
    if all(file.platform != here for file in found):
        raise MuslfallError(f"there is no file for {here}, on which it could be tried", one.version)
    return found


def public(newest: Release, one: Found) -> dict[str, str]:
    """Name and address of a file that has a public address, as the newest release has them."""
    file = newest.files[0]
    if file.url is None:
        return {}
    return {
        name: value.replace(newest.version, one.version)
        for name, value in (("name", file.name), ("url", file.url))
    }


def unpack(release: Release, store: Store) -> Path:
    """The unpacked tree of this machine's file."""
    file = release.file()
    with store.lock(file.sha256), store.workspace() as work:
        return store.tree(release, file) or store.unpack(release, file, work)


def version_in(said: Repository, one: Found) -> str:
    """The version that the tool itself says. Raises MuslfallError: it says none."""
    match = re.search(r"\bv?(\d+(?:\.\d+)+)", said.subject or "")
    if match is None:
        raise MuslfallError(f"its tool does not say its version: {said.subject}", one.requirement)
    return match[1]


def facts(component: str, one: Found, said: Repository) -> dict[str, str]:
    """The series' entry for each of its releases, and the revision as the tool says it."""
    found = {"revision": said.subject or ""}
    if component == "llvm":
        found["zig"] = one.version
    if match := re.search(r"\bV8 (\d+(?:\.\d+)+)", said.subject or ""):
        found["v8"] = match[1]
    if suite := dict(one.extra).get("suite"):
        found["suite"] = suite
    return found
