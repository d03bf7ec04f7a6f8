"""The layouts of mirrors: where in each a build's archive is, read from its small JSON files.

    muslfall    PLATFORM/lkgr.json, PLATFORM/latest.json, PLATFORM/N/wasm-binaries.json, which has
                size and sha256 of PLATFORM/N/wasm-binaries.tar.xz; archive root wasm-install/
    waterfall   the waterfall of 2016 to 2019: BUILDER/lkgr.json, BUILDER/N/wasm-binaries.tbz2, or
                wasm-binaries-N.tbz2 in its first years; archive root wasm-install/. Source:
                src/cloud.py and src/build.py (UploadArchive, SyncRepos) of WebAssembly/waterfall
    emscripten  emscripten-releases: OS/HASH/wasm-binaries.tar.xz, .tbz2 before 2023-09, -arm64 in
                the name for that; archive root install/; emscripten-releases-tags.json (.txt
                before 2021-11), kept in emsdk's repository, maps versions to hashes. Source:
                emsdk.py

Nothing here touches the network: `locate` is a generator that yields the small files that it
wants to read, each as the paths to try in turn, is sent their bytes, and returns the Archive.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from dataclasses import dataclass

from muslfall.base.errors import MuslfallError, UsageError
from muslfall.base.printable import shown
from muslfall.base.tables import parse_json

#: What one of the small files may be long, in bytes: emscripten's tags were 40 kB in 2025.
SMALL = 1 << 20
#: A build's number, which Python can read.
NUMBER = re.compile(r"[0-9]{1,20}")
#: References that move.
MOVING = ("lkgr", "latest")
#: The builders of the waterfall and the folders of emscripten-releases, by our platforms.
BUILDERS = {"linux-x86_64": "linux", "macos-x86_64": "mac"}
EMSCRIPTEN = {
    "linux-x86_64": ("linux", ""),
    "linux-aarch64": ("linux", "-arm64"),
    "macos-x86_64": ("mac", ""),
    "macos-arm64": ("mac", "-arm64"),
}

#: How many aliases lead to a version at most: one, or two.
ALIASES = 8

Steps = Generator[tuple[str, ...], bytes, "Archive"]


@dataclass(frozen=True)
class Archive:
    """A build's archive on a mirror.

    label: the build's number or version. paths: where it may be, to be tried in turn. root: the
    one folder in it. sha256, size: what it must be, where the mirror says it.
    """

    label: str
    paths: tuple[str, ...]
    root: str
    sha256: str = ""
    size: int = 0


def locate(steps: Steps, read: Callable[[tuple[str, ...]], bytes]) -> Archive:
    """Run a layout's steps: `read` brings the first of some paths that is there."""
    try:
        wanted = next(steps)
        while True:
            wanted = steps.send(read(wanted))
    except StopIteration as done:
        return done.value


def table(data: bytes, where: str) -> dict:
    """The JSON object in a small file. Raises MuslfallError: it is something else."""
    try:
        value = parse_json(data, where)
    except MuslfallError as error:
        start = data[:40].decode("utf-8", "replace").split("\n")[0]
        hint = "the mirror's address, --layout, and http_proxy"
        what = error.what.partition(":")[0]
        raise MuslfallError(f"{what}; it starts with {start!r}", where, hint) from None
    if not isinstance(value, dict):
        raise MuslfallError("is JSON, but no object", where)
    return value


def number(value: object, where: str) -> str:
    """The digits of a build's number, which the waterfall wrote as a string. Raises MuslfallError:
    `value`, read from `where`, is no number."""
    text = value if isinstance(value, str) else shown(value)
    if not NUMBER.fullmatch(text):
        raise MuslfallError(f"its build is {shown(value)}, which is no number", where)
    return text


def is_size(value: object) -> bool:
    """Whether a value is a file's size in bytes."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 1 << 62


class Muslfall:
    """What `mirror publish` lays out."""

    name = "muslfall"

    def __init__(self, platform: str) -> None:
        self.folder = platform

    def locate(self, ref: str) -> Steps:
        """The steps to a build's archive. ref: a number, lkgr or latest.

        Raises UsageError: no such word; MuslfallError: the mirror's file of builds is malformed.
        """
        build = ref
        if ref in MOVING:
            path = f"{self.folder}/{ref}.json"
            build = number(table((yield (path,)), path).get("build"), path)
        elif not NUMBER.fullmatch(ref):
            raise UsageError("is no build's number", ref, "lkgr, latest, or a number")
        path = f"{self.folder}/{build}/wasm-binaries.json"
        pin = table((yield (path,)), path)
        sha256, size = pin.get("sha256"), pin.get("size")
        if pin.get("build") != int(build):
            raise MuslfallError(f"is about build {shown(pin.get('build'))}, not {build}", path)
        if not re.fullmatch(r"[0-9a-f]{64}", str(sha256)) or not is_size(size):
            raise MuslfallError("has no sha256 and size of an archive", path)
        archive = f"{self.folder}/{build}/wasm-binaries.tar.xz"
        return Archive(build, (archive,), "wasm-install", str(sha256), size)


class Waterfall:
    """The waterfall of 2016 to 2019."""

    name = "waterfall"

    def __init__(self, platform: str) -> None:
        self.folder = folder_of(platform, BUILDERS, self.name)

    def locate(self, ref: str) -> Steps:
        """The steps to a build's archive. ref: a number or lkgr.

        Raises UsageError: no such word; MuslfallError: the mirror's lkgr.json is malformed.
        """
        build = ref
        if ref == "lkgr":
            path = f"{self.folder}/lkgr.json"
            build = number(table((yield (path,)), path).get("build"), path)
        elif not NUMBER.fullmatch(ref):
            raise UsageError("is no build's number", ref, "lkgr, or a number")
        folder = f"{self.folder}/{build}"
        names = ("wasm-binaries.tbz2", f"wasm-binaries-{build}.tbz2")
        return Archive(build, tuple(f"{folder}/{name}" for name in names), "wasm-install")


class Emscripten:
    """emscripten-releases."""

    name = "emscripten"
    TAGS = ("emscripten-releases-tags.json", "emscripten-releases-tags.txt")

    def __init__(self, platform: str) -> None:
        self.platform = platform
        self.folder, self.arch = folder_of(platform, EMSCRIPTEN, self.name)

    def locate(self, ref: str) -> Steps:
        """The steps to a release's archive. ref: a version, an alias such as latest, or a hash.

        Raises UsageError: no such release; MuslfallError: the list of releases is malformed.
        """
        label, commit = ref[:12], ref
        if not re.fullmatch(r"[0-9a-f]{40}", ref):
            tags = table((yield self.TAGS), self.TAGS[0])
            label, commit = self.release(ref, tags)
        stem = f"{self.folder}/{commit}/wasm-binaries{self.arch}"
        return Archive(label, (f"{stem}.tar.xz", f"{stem}.tbz2"), "install")

    def release(self, ref: str, tags: dict) -> tuple[str, str]:
        """The version and the hash that a version or an alias of it stands for."""
        aliases, releases = tags.get("aliases", {}), tags.get("releases", {})
        if not isinstance(aliases, dict) or not isinstance(releases, dict):
            raise MuslfallError("has no releases", self.TAGS[0])
        if "latest" in tags:  # as the .txt had it
            aliases = {"latest": tags["latest"]} | aliases
        arm = self.platform == "linux-aarch64"
        names = {name: of for name, of in aliases.items() if isinstance(of, str)}
        ref = names.get("latest-arm64-linux", ref) if arm and ref == "latest" else ref
        for _ in range(ALIASES):
            ref = names.get(ref, ref)
        commit = str(releases.get(ref, ""))
        if not re.fullmatch(r"[0-9a-f]{40}", commit) or not re.fullmatch(r"[A-Za-z0-9.-]+", ref):
            newest = ", ".join(list(releases)[:5])
            hint = f"latest, a 40-digit hash, or a version such as {newest}"
            raise UsageError("is no version in the tags of emscripten-releases", ref, hint)
        return ref, commit


LAYOUTS = {layout.name: layout for layout in (Muslfall, Waterfall, Emscripten)}


def folder_of(platform: str, folders: dict, layout: str):
    """The folder of a platform. Raises MuslfallError: the layout has none for it."""
    if platform not in folders:
        raise MuslfallError(f"has nothing for {platform}", f"layout {layout}")
    return folders[platform]
