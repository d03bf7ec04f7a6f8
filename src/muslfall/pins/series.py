"""The pins: which releases of which components there are, and which of them a build takes.

Everything here is data read from `toolchain/*.toml` and `musl/musl.toml`; nothing is fetched.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from muslfall.base.errors import MuslfallError, UsageError
from muslfall.base.printable import shown
from muslfall.base.tables import Checker, read_toml
from muslfall.pins.release import (
    COMPONENTS,
    PLATFORMS,
    REGISTRIES,
    REQUIREMENTS,
    VERSION,
    File,
    Release,
    Series,
    check_requirement,
)


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


SERIES_KEYS = ("component", "registry", "release")
SERIES_OPTIONS = ("tools", "quirks", "facts", "executables", "strip", "inside", "only")
RELEASE_KEYS = ("version", "requirement", "file")
RELEASE_OPTIONS = ("registry", *SERIES_OPTIONS)
FILE_KEYS = ("platform", "name", "sha256", "size")


class SeriesReader(Checker):
    """Reads one series file. Each release may override the values at the top of the series."""

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
            name = f"release {entry['version'][:40]}"
        self.keys(entry, name, RELEASE_KEYS, RELEASE_OPTIONS)
        own = self.options(entry, f"{name}.")
        base = SeriesReader(self.path, self.component).options(defaults, "")
        files = self.tables(entry, "file", f"{name}.file")
        if "file" in entry and not files:
            self.wrong(f"{name}.file", "there must be at least one")
        registry = own["registry"] or base["registry"]
        return Release(
            component=self.component,
            version=self.text(entry, "version", f"{name}.version"),
            requirement=self.requirement(entry, name, registry),
            files=self.files(files, name),
            registry=registry,
            tools=base["tools"] | own["tools"],
            quirks=base["quirks"] | own["quirks"],
            facts=base["facts"] | own["facts"],
            executables=own["executables"] or base["executables"],
            strip=own["strip"] if "strip" in entry else base["strip"],
            inside=own["inside"] or base["inside"],
            only=own["only"] or base["only"],
        )

    def requirement(self, entry: Mapping, name: str, registry: str) -> str:
        """The words that the registry's client is asked for, which must be nothing else to it."""
        value = self.text(entry, "requirement", f"{name}.requirement")
        try:
            if value and registry in REQUIREMENTS:
                check_requirement(registry, value)
        except MuslfallError as error:
            self.wrong(f"{name}.requirement", error.what)
            return ""
        return value

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
                result[name] = self.strings(values, name, f"{prefix}{key}.{name}")
            elif isinstance(value, str):
                result[name] = self.text(values, name, f"{prefix}{key}.{name}")
            elif isinstance(value, (bool, int)):
                result[name] = value
            else:
                what = "must be a string, an integer, a boolean or a list of strings"
                self.wrong(f"{prefix}{key}.{name}", f"{what}, not {shown(value)}")
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
            name = f"{name.rpartition('[')[0]} {entry['platform'][:40]}"
        self.keys(entry, name, FILE_KEYS, ("url",))
        file = File(
            platform=self.choice(entry, "platform", f"{name}.platform", PLATFORMS),
            name=self.text(entry, "name", f"{name}.name"),
            sha256=self.text(entry, "sha256", f"{name}.sha256"),
            size=self.integer(entry, "size", f"{name}.size", least=1),
            url=self.text(entry, "url", f"{name}.url") or None,
        )
        if not re.fullmatch(r"[A-Za-z0-9@][A-Za-z0-9._+@-]*|", file.name):
            self.wrong(f"{name}.name", f"{shown(file.name)} must be a plain file name")
        if file.sha256 and not re.fullmatch(r"[0-9a-f]{64}", file.sha256):
            self.wrong(f"{name}.sha256", "must be 64 lower-case hexadecimal digits")
        if file.url and not re.fullmatch(r"https?://[!-~]+", file.url):
            self.wrong(f"{name}.url", f"{shown(file.url)} must start with http:// or https://")
        return file

    def order(self, releases: list[Release]) -> None:
        """Versions are dotted numbers, each greater than the one before it."""
        previous: tuple[int, ...] = ()
        for release in releases:
            name = f"release {release.version[:40]}"
            if not release.version:
                continue
            if not VERSION.fullmatch(release.version):
                self.wrong(f"{name}.version", "must be dotted numbers, such as 18.1.6")
                continue
            key = tuple(map(int, release.version.split(".")))
            if key == previous:
                self.wrong(name, "stands there twice")
            elif key < previous:
                self.wrong(name, "is older than the release before it; oldest first")
            previous = max(key, previous)
