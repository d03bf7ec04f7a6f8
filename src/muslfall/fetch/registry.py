"""The registries: which versions of a package there are, and the file of one for a platform.

Each is asked through its own client, as the user has configured it; see sources for fetching what
is pinned already.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.version import InvalidVersion, Version

from muslfall.base.errors import MuslfallError
from muslfall.base.tables import parse_json
from muslfall.fetch import apt
from muslfall.fetch.sources import NETWORK, PIP_PYTHON, UNREACHED, only_file, said
from muslfall.pins.release import Release

#: pip, of this interpreter, and nothing of the user's Python in its way.
PIP = (sys.executable, "-I", "-m", "pip")
QUIET = ("--disable-pip-version-check", "--no-input", "--no-cache-dir")
#: The tags of wheels that run on a platform. Linux: glibc of 2.5 (manylinux1, PEP 513) to 2.40,
#: and musl, which what is static has as well (PEP 656); macOS: pip adds the older ones itself.
TAGS = {
    f"linux-{machine}": [
        *(f"manylinux_2_{minor}_{machine}" for minor in range(40, 4, -1)),
        *(f"{name}_{machine}" for name in ("manylinux2014", "manylinux2010", "manylinux1")),
        *(f"musllinux_1_{minor}_{machine}" for minor in (2, 1)),
    ]
    for machine in ("x86_64", "aarch64")
} | {f"macos-{machine}": [f"macosx_15_0_{machine}"] for machine in ("arm64", "x86_64")}


class RegistryError(MuslfallError):
    """A registry's client failed, or has not what it should."""


@dataclass(frozen=True)
class Found:
    """A version of a package that a registry has. extra: what its registry says of it besides."""

    version: str
    requirement: str
    extra: tuple[tuple[str, str], ...] = ()


def client(argv: Sequence[str], folder: Path) -> str:
    """The output of a registry's client. Raises RegistryError in its own words."""
    try:
        done = subprocess.run(
            argv,
            cwd=folder,
            env={**os.environ, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    except FileNotFoundError:
        raise RegistryError("is not installed", argv[0]) from None
    if done.returncode:
        words = done.stderr + done.stdout
        hint = NETWORK if UNREACHED.search(words) else None
        what = said(words) or f"ended with {done.returncode}"
        raise RegistryError(what, " ".join(argv[:5]), hint)
    return done.stdout


def ordered(versions: Sequence[str]) -> list[str]:
    """The versions that are releases, oldest first."""
    found = []
    for text in versions:
        try:
            version = Version(text) if len(text) < 100 and text == text.strip() else None
        except InvalidVersion:
            continue
        if version and not version.is_prerelease:
            found.append((version, text))
    return [text for _, text in sorted(found)]


class Registry:
    """A registry, asked about the package of a series; `newest` is the series' newest release."""

    def __init__(self, newest: Release, work: Path) -> None:
        self.newest = newest
        self.work = work

    @property
    def package(self) -> str:
        """The package's name: a requirement without its version."""
        return re.split(r"==|=|(?<=.)@", self.newest.requirement)[0]

    @property
    def pinned(self) -> str:
        """The package's version that the newest release is."""
        return re.split(r"==|=|(?<=.)@", self.newest.requirement)[1]

    def found(self) -> list[Found]:
        """Every release that the registry has, oldest first."""
        raise NotImplementedError

    def download(self, one: Found, platform: str, folder: Path) -> Path | None:
        """Bring the file for a platform into an empty folder; None: there is none for it."""
        raise NotImplementedError


class Pip(Registry):
    """PyPI, or the index that pip is configured for."""

    def found(self) -> list[Found]:
        argv = [*PIP, "index", "versions", self.package, *QUIET[:2]]
        shown = client([*argv, "--only-binary=:all:", "--python-version", PIP_PYTHON], self.work)
        line = re.search(r"^Available versions: (.*)$", shown, re.MULTILINE)
        if line is None:
            raise RegistryError("pip names no versions", self.package)
        return [Found(text, f"{self.package}=={text}") for text in ordered(line[1].split(", "))]

    def download(self, one: Found, platform: str, folder: Path) -> Path | None:
        argv = [*PIP, "download", "--quiet", "--no-deps", "--progress-bar=off", *QUIET]
        argv += ["--only-binary=:all:", "--python-version", PIP_PYTHON, "--implementation", "py"]
        argv += ["--abi", "none", *(word for tag in TAGS[platform] for word in ("--platform", tag))]
        try:
            client([*argv, "--dest", str(folder), one.requirement], self.work)
        except RegistryError as error:
            if "No matching distribution" in error.what:
                return None
            raise
        return only_file(folder, "pip")


class Npm(Registry):
    """npm's registry. A package there has the binaries of one platform: that of its pins."""

    def found(self) -> list[Found]:
        shown = client(["npm", "view", "--json", self.package, "versions"], self.work)
        versions = parse_json(shown, "npm view")
        versions = [versions] if isinstance(versions, str) else versions
        if not isinstance(versions, list) or not all(isinstance(text, str) for text in versions):
            raise RegistryError("names no versions", "npm view")
        return [Found(text, f"{self.package}@{text}") for text in ordered(versions)]

    def download(self, one: Found, platform: str, folder: Path) -> Path | None:
        if all(file.platform != platform for file in self.newest.files):
            return None
        argv = ["npm", "pack", "--silent", "--pack-destination", str(folder), one.requirement]
        client(argv, self.work)
        return only_file(folder, "npm")


class Apt(Registry):
    """Debian's archive: upstream tarballs in source packages, for any platform."""

    def found(self) -> list[Found]:
        found = {}
        for suite in apt.SUITES:
            state = self.work / f"apt-{suite}"
            if not apt.write_sources(state / "parts", suite, apt.configuration()):
                raise RegistryError("no deb line of Debian main is configured", "apt")
            for version, sha256 in apt.tarballs(apt.sources(self.package, state, client)):
                extra = (("suite", suite), ("sha256", sha256))
                found.setdefault(version, Found(version, f"{self.package}={version}", extra))
        return [found[text] for text in ordered(list(found))]

    def download(self, one: Found, platform: str, folder: Path) -> Path | None:
        if platform != "any":
            return None
        extra = dict(one.extra)
        return apt.fetch_tarball(self.package, extra["sha256"], folder, extra["suite"], client)


REGISTRIES = {"pip": Pip, "npm": Npm, "apt": Apt}


def of(newest: Release, work: Path) -> Registry:
    """The registry of a series. Raises RegistryError: there is none to ask."""
    if newest.registry not in REGISTRIES:
        raise RegistryError(f"{newest.registry} is no registry that lists versions", newest.name)
    return REGISTRIES[newest.registry](newest, work)


def newer(registry: Registry, wanted: Sequence[str] = ()) -> list[Found]:
    """The versions of the package that are newer than the newest pinned, or those `wanted`.

    Raises RegistryError: a wanted one is not there.
    """
    there = {one.version: one for one in registry.found()}
    missing = [text for text in wanted if text not in there]
    if missing:
        hint = f"the newest are {', '.join(list(there)[-8:])}"
        raise RegistryError(f"{registry.package} has no {', '.join(missing)}", "registry", hint)
    pinned = Version(registry.pinned)
    new = [one for text, one in there.items() if Version(text) > pinned]
    return [there[text] for text in wanted] if wanted else new
