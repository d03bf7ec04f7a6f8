"""A release: one version of one component, with its files; and a series of them."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

from muslfall.base.errors import MuslfallError, UsageError
from muslfall.base.printable import shown

#: Every component of a build, in the order of a build's line.
COMPONENTS = ("llvm", "v8", "wasmtime", "wasm-tools", "wabt", "musl")
#: Where a release's files can come from.
REGISTRIES = ("pip", "npm", "apt", "url")
#: The platforms that a file can be for; "any" is all of them.
PLATFORMS = ("linux-x86_64", "linux-aarch64", "macos-arm64", "macos-x86_64", "any")
#: What a registry's client may be asked for: a package, perhaps a version, and nothing that the
#: client would take for an option, another line, a file or an address.
REQUIREMENTS = {
    "pip": re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(==[A-Za-z0-9][A-Za-z0-9.!+_]*)?"),
    "npm": re.compile(r"(@[a-z0-9][a-z0-9._-]*/)?[a-z0-9][a-z0-9._-]*(@[0-9][A-Za-z0-9.+-]*)?"),
    "apt": re.compile(r"[a-z0-9][a-z0-9.+-]*(=[A-Za-z0-9][A-Za-z0-9.+:~-]*)?"),
    "url": re.compile(r"[A-Za-z0-9][!-~]*"),
}
#: A version as pins has it: dotted numbers, none so long that it is no number any more.
VERSION = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9}){0,7}")


@dataclass(frozen=True)
class File:
    """One file to fetch: `size` in bytes, `sha256` in lower-case hex, `url` its public address."""

    platform: str
    name: str
    sha256: str
    size: int
    url: str | None = None


@dataclass(frozen=True)
class Release:
    """One version of one component.

    requirement: what the registry's client is asked for, such as "ziglang==0.17.1".
    tools: tool name to argv, whose first word is a path in the unpacked tree.
    quirks: what a build has to do differently with this release.
    facts: what else is known of it.
    executables: globs of the files in the tree that are run, for archives without modes.
    strip: how many leading folders of each path in the archive are dropped.
    inside: the path of the archive in the archive that is meant, none: the archive itself.
    only: the folders of the archive that are unpacked, none: all.
    """

    component: str
    version: str
    registry: str
    requirement: str
    files: tuple[File, ...]
    tools: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    quirks: Mapping[str, object] = field(default_factory=dict)
    facts: Mapping[str, object] = field(default_factory=dict)
    executables: tuple[str, ...] = ()
    strip: int = 0
    inside: str = ""
    only: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Component and version, as the links in out/pinned are named."""
        return f"{self.component}-{self.version}"

    def words(self, quirk: str) -> tuple[str, ...]:
        """The words of a quirk that is a list of them; none when the release does not have it."""
        return tuple(self.quirks.get(quirk, ()))

    def file(self, platform: str | None = None) -> File:
        """The file for `platform` (default: this machine's). Raises MuslfallError: none."""
        platform = platform or current_platform()
        for file in self.files:
            if file.platform in (platform, "any"):
                return file
        known = ", ".join(file.platform for file in self.files)
        raise MuslfallError(f"no file for {platform}; there are files for {known}", where=self.name)

    def __hash__(self) -> int:
        return hash((self.component, self.version))


@dataclass(frozen=True)
class Series:
    """A component's releases, oldest first: the domain of a bisection."""

    component: str
    releases: tuple[Release, ...]

    def versions(self) -> list[str]:
        """The versions of all releases, in the order of the file: the oldest first."""
        return [release.version for release in self.releases]

    def release(self, version: str) -> Release:
        """The release `version`. Raises UsageError, naming the versions that there are."""
        for release in self.releases:
            if release.version == version:
                return release
        choices = ", ".join(self.versions())
        raise UsageError(f"no release {version!r}", where=self.component, hint=f"one of: {choices}")


@dataclass(frozen=True)
class Build:
    """One release chosen per component, numbered."""

    number: int
    releases: Mapping[str, Release]


def check_requirement(registry: str, requirement: str) -> None:
    """Raise MuslfallError unless `requirement` is a package of the registry, and no more."""
    if not REQUIREMENTS[registry].fullmatch(requirement) or len(requirement) > 1000:
        what = f"{shown(requirement)} is no package of {registry}, with or without its version"
        raise MuslfallError(what, "requirement")


def current_platform() -> str:
    """This machine's platform, by the names that the pins use."""
    system = {"linux": "linux", "darwin": "macos"}.get(sys.platform, sys.platform)
    machine = os.uname().machine
    machine = {"amd64": "x86_64"}.get(machine, machine)
    if system == "linux" and machine == "arm64":
        machine = "aarch64"
    return f"{system}-{machine}"
