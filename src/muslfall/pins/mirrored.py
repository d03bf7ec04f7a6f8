"""A mirrored toolchain: what a mirror's archive held, as a release like any other.

A record is a JSON file in the store, made by `adoption` when the archive was fetched: which archive
it was, where its tools are, which LLVM they say that they are. The quirks of that LLVM are not in
it: they stay with the pins, in toolchain/llvm.toml. A link to the record lies in out/pinned beside
the one to the tree, where the build's steps look.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from muslfall.base.errors import MuslfallError, UsageError
from muslfall.base.files import read_text
from muslfall.base.folders import default_path, require_trusted
from muslfall.base.printable import shown
from muslfall.base.tables import Checker, parse_json
from muslfall.pins.release import VERSION, File, Release, Series

#: How a mirrored toolchain is asked for, and how its release is called: mirror-LABEL-SHA256.
ASKED = "mirror:"
NAMED = re.compile(r"mirror-[A-Za-z0-9.-]+-[0-9a-f]{8}")
HINT = "./muslfall fetch --mirror URL "


@dataclass(frozen=True)
class Record:
    """A toolchain out of an archive.

    label: the build's number or version on its mirror; layout: the mirror's; url: the archive's
    address; name, sha256, size, root: the archive's. llvm: the version that its clang says;
    revision: the commit, as far as it says one. tools: argv by tool, paths in the tree. include:
    the folder of clang's own headers. builtins: compiler-rt in the tree; empty: it has none that
    can be linked.
    """

    label: str
    layout: str
    platform: str
    url: str
    name: str
    sha256: str
    size: int
    root: str
    llvm: str
    revision: str
    tools: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    include: str = ""
    builtins: str = ""

    @property
    def version(self) -> str:
        """The release's version: the label alone would not tell two mirrors apart."""
        return f"mirror-{self.label}-{self.sha256[:8]}"

    def release(self, series: Series) -> Release:
        """The release of the pinned series' component, with the quirks of its nearest release."""
        nearest_pin = nearest(series, self.llvm)
        quirks = {**nearest_pin.quirks, "include": self.include}
        quirks["builtins"] = (self.builtins,) if self.builtins else ()
        facts = {"llvm": self.llvm, "revision": self.revision, "quirks-of": nearest_pin.version}
        return self.archive_release(tools=self.tools, quirks=quirks, facts=facts)

    def archive_release(self, **more: object) -> Release:
        """The release as far as the archive goes: all that it takes to fetch and unpack it."""
        file = File(self.platform, self.name, self.sha256, self.size, self.url)
        where = {"strip": 1, "only": (self.root,)}
        return Release("llvm", self.version, "url", self.url, (file,), **where, **more)


def nearest(series: Series, version: str) -> Release:
    """The pinned release whose quirks a release `version` most likely has.

    That of the same major version, else the newest that is older, else the oldest.
    """
    major = int(version.split(".")[0])
    majors = [(int(release.version.split(".")[0]), release) for release in series.releases]
    older = [release for number, release in majors if number <= major]
    return older[-1] if older else series.releases[0]


def folder() -> Path:
    """Where the records are: in the store."""
    return default_path() / "mirror"


def path(version: str) -> Path:
    """Where the record of a release is."""
    return folder() / f"{version}.json"


def is_mirrored(version: str) -> bool:
    """Whether a version is asked for as a mirrored toolchain is."""
    return version.startswith(ASKED) or bool(NAMED.fullmatch(version))


def find(root: Path, version: str) -> Record:
    """The record that mirror:REF, or a release's whole version, means.

    Raises UsageError: nothing of that name was fetched, or several toolchains were.
    """
    ref = version.removeprefix(ASKED)
    if NAMED.fullmatch(ref):
        for place in (root / "out/pinned" / f"llvm-{ref}.json", path(ref)):
            if place.exists():
                return read(place)
        raise UsageError("was not fetched", ref, f"{HINT}REF")
    if re.fullmatch(r"[\w.-]{1,200}", ref) and (moved := folder() / f"{ref}.ref").is_file():
        return read(path(version_in(moved)))
    found = [record for record in every() if record.label == ref]
    if not found:
        known = ", ".join(sorted({r.label for r in every()})) or "none yet"
        raise UsageError(f"was not fetched (fetched: {known})", f"{ASKED}{ref}", f"{HINT}{ref}")
    if len(found) > 1:
        choices = " or ".join(f"llvm={record.version}" for record in found)
        raise UsageError("is the label of several toolchains", f"{ASKED}{ref}", choices)
    return found[0]


def every() -> list[Record]:
    """All records of the store, by their names."""
    return [read(place) for place in sorted(folder().glob("mirror-*.json"))]


def version_in(moved: Path) -> str:
    """The version that a reference which moves means. Raises MuslfallError: it names none."""
    version = read_text(moved, moved).strip()
    if not NAMED.fullmatch(version):
        raise MuslfallError("names no mirrored toolchain", moved, f"{HINT}REF, once more")
    return version


def read(place: Path) -> Record:
    """Read a record. Raises MuslfallError: it is damaged, and how."""
    hint = f"{HINT}REF, once more"
    try:
        real = Path(os.path.realpath(place))
        require_trusted(real.parent)
        require_trusted(real)
        table = parse_json(read_text(place, place), place)
        if not isinstance(table, dict):
            raise MuslfallError(f"must be an object, not {shown(table)}", place)
        record = Reader(place).read(table)
    except OSError as error:
        raise MuslfallError(error.strerror or str(error), place, hint) from None
    except MuslfallError as error:
        what = "is no record of a mirrored toolchain"
        raise MuslfallError(what, place, error.hint or hint, [error]) from None
    if record.version != place.stem.removeprefix("llvm-"):
        raise MuslfallError(f"is the record of {record.version}", place, hint)
    return record


class Reader(Checker):
    """Reads the table of a record."""

    PATTERNS = {
        "label": r"[A-Za-z0-9.-]{1,100}",
        "name": r"[A-Za-z0-9][A-Za-z0-9._+-]*",
        "sha256": r"[0-9a-f]{64}",
        "root": r"[A-Za-z0-9][A-Za-z0-9._+-]*",
        "llvm": VERSION.pattern,
        "url": r"https?://[!-~]+",
    }
    TEXTS = ("label", "layout", "platform", "url", "name", "sha256", "root", "llvm")
    MAYBE = ("revision", "include", "builtins")

    def read(self, table: Mapping) -> Record:
        self.keys(table, "", (*self.TEXTS, *self.MAYBE, "size", "tools"))
        texts = {key: self.text(table, key, key) for key in self.TEXTS}
        texts |= {key: self.text(table, key, key) if table.get(key) else "" for key in self.MAYBE}
        for key, pattern in self.PATTERNS.items():
            if texts[key] and not re.fullmatch(pattern, texts[key]):
                self.wrong(key, f"{shown(texts[key])} is none")
        for key in ("include", "builtins"):
            self.inside(texts[key], key)
        tools = self.table(table, "tools", "tools")
        argv = {name: self.strings(tools, name, f"tools.{name}") for name in tools}
        for name, words in argv.items():
            self.inside(words[0] if words else "..", f"tools.{name}")
        record = Record(size=self.integer(table, "size", "size", 1), tools=argv, **texts)
        self.finish()
        return record


def text(record: Record) -> str:
    """A record as it is written."""
    return json.dumps(asdict(record), indent=2, sort_keys=True) + "\n"
