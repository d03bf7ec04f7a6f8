"""The pins: which releases of which components there are, and which of them a build takes.

Everything here is data read from `toolchain/*.toml` and `musl/musl.toml`; nothing is fetched.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from types import ModuleType

from muslfall.base.errors import MuslfallError, UsageError, raise_gathered

#: Every component of a build, in the order of a build's line.
COMPONENTS = ("llvm", "v8", "wasmtime", "wasm-tools", "wabt", "musl")
#: Where a release's files can come from.
REGISTRIES = ("pip", "npm", "apt", "url")
#: The platforms that a file can be for; "any" is all of them.
PLATFORMS = ("linux-x86_64", "linux-aarch64", "macos-arm64", "macos-x86_64", "any")


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
        return [release.version for release in self.releases]

    def release(self, version: str) -> Release:
        """The release `version`. Raises UsageError, naming the versions that there are."""
        for release in self.releases:
            if release.version == version:
                return release
        choices = ", ".join(self.versions())
        raise UsageError(
            f"no release {version!r}", where=self.component, hint=f"one of: {choices}"
        )


@dataclass(frozen=True)
class Build:
    """One release chosen per component, numbered."""

    number: int
    releases: Mapping[str, Release]


def current_platform() -> str:
    """This machine's platform, by the names that the pins use."""
    system = {"linux": "linux", "darwin": "macos"}.get(sys.platform, sys.platform)
    machine = os.uname().machine
    machine = {"amd64": "x86_64"}.get(machine, machine)
    if system == "linux" and machine == "arm64":
        machine = "aarch64"
    return f"{system}-{machine}"


def series_path(root: Path, component: str) -> Path:
    """The file of a component's series, in the checkout `root`."""
    folder = "musl" if component == "musl" else "toolchain"
    return root / folder / f"{component}.toml"


def load_series(root: Path, component: str) -> Series:
    """Read a component's series. Raises MuslfallError naming file, key and what is wrong."""
    if component not in COMPONENTS:
        raise UsageError("no such component", component, f"one of: {', '.join(COMPONENTS)}")
    return read_series(series_path(root, component), root, component)


def read_series(path: Path, root: Path, component: str) -> Series:
    """Read a series' file, below `root`. Raises MuslfallError as `load_series`."""
    return SeriesReader(path.relative_to(root), component).read(read_toml(path, root))


def load_lkgr(root: Path) -> Build:
    """Read the LKGR build. Raises MuslfallError naming file, key and what is wrong."""
    return resolve(root, {})


def resolve(root: Path, overrides: Mapping[str, str]) -> Build:
    """The LKGR build with the releases in `overrides` (component to version) swapped in.

    Raises UsageError for an override that names no component or no release of it, and
    MuslfallError for a malformed pin.
    """
    unknown = sorted(set(overrides) - set(COMPONENTS))
    if unknown:
        raise UsageError("no such component", unknown[0], f"one of: {', '.join(COMPONENTS)}")
    number, lkgr = read_lkgr(root)
    releases = {}
    for component in COMPONENTS:
        series = load_series(root, component)
        if lkgr[component] not in series.versions():
            where = f"toolchain/lkgr.toml: components.{component}"
            name = series_path(root, component).relative_to(root)
            raise MuslfallError(f"{lkgr[component]} is not a release in {name}", where)
        releases[component] = series.release(overrides.get(component, lkgr[component]))
    return Build(number, releases)


def read_lkgr(root: Path) -> tuple[int, dict[str, str]]:
    """The number and the version per component that toolchain/lkgr.toml says."""
    path = root / "toolchain" / "lkgr.toml"
    check = Checker(path.relative_to(root))
    table = read_toml(path, root)
    check.keys(table, "", required=("build", "components"))
    number = check.integer(table, "build", "build", least=1)
    components = check.table(table, "components", "components")
    check.keys(components, "components", required=COMPONENTS)
    versions = {name: check.text(components, name, f"components.{name}") for name in COMPONENTS}
    check.finish()
    return number, versions


def toml_module() -> ModuleType:
    """tomllib, or its twin tomli on Python 3.10."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    return tomllib


def read_toml(path: Path, root: Path) -> dict:
    """The table in the TOML file `path`. Raises MuslfallError: unreadable or not TOML."""
    where = path.relative_to(root)
    toml = toml_module()
    try:
        return toml.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise MuslfallError("no such file; it is part of the checkout", where) from None
    except (toml.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MuslfallError(f"is not TOML: {error}", where) from None


class Checker:
    """Reads typed values out of TOML tables and gathers what is wrong with them.

    Each reader takes the table, the key, and the key's full name for messages, and returns
    a value of the right type even when the file's is wrong, so that one pass finds all.
    """

    def __init__(self, path: object) -> None:
        self.path = path
        self.problems: list[MuslfallError] = []

    def wrong(self, name: str, what: str) -> None:
        where = f"{self.path}: {name}" if name else f"{self.path}"
        self.problems.append(MuslfallError(what, where))

    def finish(self) -> None:
        raise_gathered(self.problems, f"{self.path} is malformed")

    def keys(
        self, table: Mapping, name: str, required: tuple[str, ...], optional: tuple[str, ...] = ()
    ) -> None:
        """Every required key is there, and no key that is not known."""
        prefix = f"{name}." if name else ""
        for key in required:
            if key not in table:
                self.wrong(prefix + key, "is missing")
        known = required + optional
        for key in table:
            if key not in known:
                self.wrong(prefix + key, f"unknown key; known are {', '.join(known)}")

    def typed(self, table: Mapping, key: str, name: str, kind: type, noun: str, default):
        if key not in table:
            return default
        value = table[key]
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            self.wrong(name, f"must be {noun}, not {value!r}")
            return default
        return value

    def text(self, table: Mapping, key: str, name: str) -> str:
        value = self.typed(table, key, name, str, "a string", "")
        if table.get(key) == "":
            self.wrong(name, "must not be empty")
        return value

    def integer(self, table: Mapping, key: str, name: str, least: int) -> int:
        value = self.typed(table, key, name, int, "an integer", least)
        if value < least:
            self.wrong(name, f"must be at least {least}, not {value}")
        return value

    def table(self, table: Mapping, key: str, name: str) -> dict:
        return self.typed(table, key, name, dict, "a table", {})

    def choice(self, table: Mapping, key: str, name: str, choices: tuple[str, ...]) -> str:
        value = self.text(table, key, name)
        if value and value not in choices:
            self.wrong(name, f"{value!r} is not one of {', '.join(choices)}")
        return value

    def strings(self, table: Mapping, key: str, name: str) -> tuple[str, ...]:
        value = self.typed(table, key, name, list, "a list of strings", [])
        if not all(isinstance(item, str) and item for item in value):
            self.wrong(name, f"must be a list of strings, not {value!r}")
            return ()
        return tuple(value)

    def tables(self, table: Mapping, key: str, name: str) -> list[dict]:
        value = self.typed(table, key, name, list, "a list of tables", [])
        if not all(isinstance(item, dict) for item in value):
            self.wrong(name, "must be a list of tables")
            return []
        return value

    def inside(self, path: str, name: str) -> None:
        """`path` is relative and stays inside the folder that it starts from."""
        pure = PurePosixPath(path)
        if pure.is_absolute() or ".." in pure.parts or "\\" in path:
            self.wrong(name, f"{path!r} must be a relative path without '..'")


SERIES_KEYS = ("component", "registry", "release")
SERIES_OPTIONS = ("tools", "quirks", "facts", "executables", "strip", "inside", "only")
RELEASE_KEYS = ("version", "requirement", "file")
RELEASE_OPTIONS = ("registry", *SERIES_OPTIONS)
FILE_KEYS = ("platform", "name", "sha256", "size")


class SeriesReader(Checker):
    """Reads one series file. What the series says at its top, each release may override."""

    def __init__(self, path: object, component: str) -> None:
        super().__init__(path)
        self.component = component

    def read(self, table: Mapping) -> Series:
        self.keys(table, "", SERIES_KEYS, SERIES_OPTIONS)
        name = self.text(table, "component", "component")
        if name and name != self.component:
            self.wrong("component", f"must be {self.component!r}, not {name!r}")
        entries = self.tables(table, "release", "release")
        if "release" in table and not entries:
            self.wrong("release", "there must be at least one")
        defaults = {key: value for key, value in table.items() if key in RELEASE_OPTIONS}
        self.options(defaults, "")
        releases = [self.release(e, f"release[{n}]", defaults) for n, e in enumerate(entries)]
        self.order(releases)
        self.finish()
        return Series(self.component, tuple(releases))

    def release(self, entry: Mapping, name: str, defaults: Mapping) -> Release:
        if isinstance(entry.get("version"), str):
            name = f"release {entry['version']}"
        self.keys(entry, name, RELEASE_KEYS, RELEASE_OPTIONS)
        own = self.options(entry, f"{name}.")
        base = SeriesReader(self.path, self.component).options(defaults, "")
        files = self.tables(entry, "file", f"{name}.file")
        if "file" in entry and not files:
            self.wrong(f"{name}.file", "there must be at least one")
        return Release(
            component=self.component,
            version=self.text(entry, "version", f"{name}.version"),
            requirement=self.text(entry, "requirement", f"{name}.requirement"),
            files=self.files(files, name),
            registry=own["registry"] or base["registry"],
            tools=base["tools"] | own["tools"],
            quirks=base["quirks"] | own["quirks"],
            facts=base["facts"] | own["facts"],
            executables=own["executables"] or base["executables"],
            strip=own["strip"] if "strip" in entry else base["strip"],
            inside=own["inside"] or base["inside"],
            only=own["only"] or base["only"],
        )

    def options(self, table: Mapping, prefix: str) -> dict:
        """The keys that stand both at the top of a series and in a release."""
        executables = self.strings(table, "executables", f"{prefix}executables")
        only = self.strings(table, "only", f"{prefix}only")
        inside = self.text(table, "inside", f"{prefix}inside")
        for key, paths in (("executables", executables), ("only", only), ("inside", [inside])):
            for path in paths:
                self.inside(path, f"{prefix}{key}")
        return {
            "registry": self.choice(table, "registry", f"{prefix}registry", REGISTRIES),
            "tools": self.tools(table, prefix),
            "quirks": self.free(table, "quirks", prefix),
            "facts": self.free(table, "facts", prefix),
            "executables": executables,
            "strip": self.integer(table, "strip", f"{prefix}strip", least=0),
            "inside": inside,
            "only": only,
        }

    def tools(self, table: Mapping, prefix: str) -> dict[str, tuple[str, ...]]:
        tools = self.table(table, "tools", f"{prefix}tools")
        commands = {}
        for key in tools:
            name = f"{prefix}tools.{key}"
            commands[key] = self.strings(tools, key, name)
            if not commands[key]:
                self.wrong(name, "must be a command: a path in the tree, then arguments")
            else:
                self.inside(commands[key][0], name)
        return commands

    def free(self, table: Mapping, key: str, prefix: str) -> dict[str, object]:
        """A table whose keys its readers define; only the kinds of its values are checked."""
        values = self.table(table, key, prefix + key)
        result = {}
        for name, value in values.items():
            if isinstance(value, list) and all(isinstance(item, str) for item in value):
                result[name] = tuple(value)
            elif isinstance(value, (str, bool, int)):
                result[name] = value
            else:
                what = "must be a string, an integer, a boolean or a list of strings"
                self.wrong(f"{prefix}{key}.{name}", f"{what}, not {value!r}")
        return result

    def files(self, entries: list[dict], name: str) -> tuple[File, ...]:
        files = [self.file(entry, f"{name}.file[{n}]") for n, entry in enumerate(entries)]
        platforms = [file.platform for file in files]
        for platform in sorted({p for p in platforms if platforms.count(p) > 1}):
            self.wrong(f"{name}.file", f"two files for {platform}")
        if "any" in platforms and len(platforms) > 1:
            self.wrong(f"{name}.file", "a file for any platform stands alone")
        return tuple(files)

    def file(self, entry: Mapping, name: str) -> File:
        if isinstance(entry.get("platform"), str):
            name = f"{name.rpartition('[')[0]} {entry['platform']}"
        self.keys(entry, name, FILE_KEYS, ("url",))
        file = File(
            platform=self.choice(entry, "platform", f"{name}.platform", PLATFORMS),
            name=self.text(entry, "name", f"{name}.name"),
            sha256=self.text(entry, "sha256", f"{name}.sha256"),
            size=self.integer(entry, "size", f"{name}.size", least=1),
            url=self.text(entry, "url", f"{name}.url") or None,
        )
        if not re.fullmatch(r"[A-Za-z0-9@][A-Za-z0-9._+@-]*|", file.name):
            self.wrong(f"{name}.name", f"{file.name!r} must be a plain file name")
        if file.sha256 and not re.fullmatch(r"[0-9a-f]{64}", file.sha256):
            self.wrong(f"{name}.sha256", "must be 64 lower-case hexadecimal digits")
        if file.url and not re.match(r"https?://", file.url):
            self.wrong(f"{name}.url", f"{file.url!r} must start with http:// or https://")
        return file

    def order(self, releases: list[Release]) -> None:
        """Versions are dotted numbers, each greater than the one before it."""
        previous: tuple[int, ...] = ()
        for release in releases:
            name = f"release {release.version}"
            if not release.version:
                continue
            if not re.fullmatch(r"\d+(\.\d+)*", release.version):
                self.wrong(f"{name}.version", "must be dotted numbers, such as 18.1.6")
                continue
            key = tuple(map(int, release.version.split(".")))
            if key == previous:
                self.wrong(name, "stands there twice")
            elif key < previous:
                self.wrong(name, "is older than the release before it; oldest first")
            previous = max(key, previous)
