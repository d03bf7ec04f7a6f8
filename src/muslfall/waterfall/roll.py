"""The roll: what changes when the LKGR moves to another build, as a pull request would show it.

Pure but for reading the checkout; the command writes.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from muslfall.base.errors import MuslfallError
from muslfall.libc import manifest
from muslfall.libc.manifest import Manifest
from muslfall.pins.lkgr import read_lkgr
from muslfall.waterfall import step
from muslfall.waterfall.record import Record

LKGR = Path("toolchain/lkgr.toml")
#: What can become of a file of musl, in the order in which it is told.
FATES = (
    "became buildable", "stopped being buildable", "fails otherwise", "is new, and is built",
    "is new, and is not built", "is gone", "changed otherwise",
)  # fmt: skip


@dataclass(frozen=True)
class Roll:
    """A proposal.

    before, after: the text of lkgr.toml. swaps: component to old and new version. files: by fate
    a line for each file of musl.
    """

    build: Record
    before: str
    after: str
    swaps: Mapping[str, tuple[str, str]]
    files: Mapping[str, list[str]]

    def diff(self) -> str:
        """The change of lkgr.toml as a unified diff that `git apply` and `patch -p1` take."""
        names = (f"a/{LKGR.as_posix()}", f"b/{LKGR.as_posix()}")
        lines = (text.splitlines(keepends=True) for text in (self.before, self.after))
        return "".join(difflib.unified_diff(*lines, *names))

    def text(self) -> str:
        """All of it: a subject, what was run, which files changed, and the diff."""
        swaps = ", ".join(f"{name} {old} -> {new}" for name, (old, new) in self.swaps.items())
        lines = [f"Roll the LKGR to build {self.build.build}" + (f": {swaps}" if swaps else ""), ""]
        lines += [f"  {one.name}: {tally(one)}" for one in self.build.steps]
        lines += ["", *self.file_lines(), "", self.diff()]
        return "\n".join(lines)

    def file_lines(self) -> list[str]:
        if not any(self.files.values()):
            return ["No file of musl became buildable, and none stopped being so."]
        lines = []
        for fate in FATES:
            if found := self.files.get(fate):
                lines += [f"{len(found)} {'file' if len(found) == 1 else 'files'}: {fate}"]
                lines += [f"  {line}" for line in found]
        return lines


def tally(one) -> str:
    """A step's result in a line: on each host how many programs did what."""
    hosts = []
    for name, result in sorted(one.hosts.items()):
        counts = ", ".join(
            f"{count} {verdict}" for verdict, count in result.counts.items() if count
        )
        hosts.append(f"{name}: {counts or result.status}")
    return f"{one.status} ({'; '.join(hosts)})" if hosts else one.status


def propose(root: Path, build: Record) -> Roll:
    """The changes that make `build` the LKGR. Raises MuslfallError: a manifest is not there, or
    lkgr.toml has a line less than it should."""
    before = (root / LKGR).read_text(encoding="utf-8")
    _, old = read_lkgr(root)
    new = build.versions()
    manifests = [manifest.load(root / step.libc_variant(root, one).manifest) for one in (old, new)]
    return Roll(
        build=build,
        before=before,
        after=rewrite(before, build.build, new),
        swaps={name: (old[name], new[name]) for name in new if new[name] != old[name]},
        files=fates(*manifests),
    )


def rewrite(text: str, number: int, versions: Mapping[str, str]) -> str:
    """lkgr.toml with another build in it; comments and order stay as they are."""
    text = edit(text, "build", str(number))
    for name, version in versions.items():
        text = edit(text, name, f'"{version}"')
    return text


def edit(text: str, key: str, value: str) -> str:
    """The text with another value of one key. Raises MuslfallError: not exactly one line has the
    key."""
    line = re.compile(rf'^(\s*"?{re.escape(key)}"?\s*=\s*)(?:"[^"\n]*"|\d+)', re.MULTILINE)
    edited, count = line.subn(lambda match: match[1] + value, text)
    if count != 1:
        raise MuslfallError(f"has {count} lines {key} = …, not one", LKGR)
    return edited


def fates(before: Manifest, after: Manifest) -> dict[str, list[str]]:
    """The fate of each file on which two manifests disagree."""
    found: dict[str, list[str]] = {fate: [] for fate in FATES}
    same = replace(after, toolchain=before.toolchain)
    changed = {line.partition(": ")[0]: line for line in manifest.compare(before, same)}
    for key, line in changed.items():
        was, is_ = (manifest.state(one, key) for one in (before, after))
        found[fate(was, is_)].append(line)
    return {fate: lines for fate, lines in found.items() if lines}


def fate(was: str, is_: str) -> str:
    """The fate of a file, from its states in two manifests."""
    built = (was == "included", is_ == "included")
    if was == "not there":
        return FATES[3] if built[1] else FATES[4]
    if is_ == "not there":
        return FATES[5]
    if built == (False, True):
        return FATES[0]
    if is_.startswith("excluded"):
        return FATES[1] if built[0] else FATES[2]
    return FATES[6]
