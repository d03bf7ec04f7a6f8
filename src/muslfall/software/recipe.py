"""Real software: packages of other people's, how each is built with musl-clang, and its tests.

A package NAME has in software/ its pin, NAME.toml, and its recipe, NAME.recipe.toml; a folder NAME
of our own files, if it needs some, is copied beside its sources as `recipe`. A recipe's keys:
  needs           tools of the machine that its own build system calls, besides a POSIX system's
  sources         more pins of software/, each unpacked beside the sources in a folder of its name
  build           command lines that build it, in its folder, with out/VARIANT/bin first in PATH
  [[test]]        `name`; `run`: a command line in the built folder, whose status must be 0 and
                  whose output must be that of the file `expected` in `recipe`, if that is given
  [program.NAME]  for benchmarks, which compile with other compilers too: one program of `sources`
                  (globs), without those in `without`, with `flags`
In command lines are set: CC, AR, RANLIB; TARGET, what ./configure has as --host; JOBS, make's -j.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from muslfall.base.errors import UsageError
from muslfall.base.tables import Checker, read_toml
from muslfall.pins import series as pins
from muslfall.pins.release import Release

FOLDER = "software"
SUFFIX = ".recipe.toml"
KEYS = ("needs", "sources", "test", "program")


@dataclass(frozen=True)
class Check:
    """name: in results. run: a command line. expected: what it must write; None: anything."""

    name: str
    run: str
    expected: bytes | None = None


@dataclass(frozen=True)
class Program:
    """One program as a list of sources, for any compiler.

    sources, without: globs below the package's folder. flags: for the compiler, first of all.
    """

    sources: tuple[str, ...]
    without: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()

    def files(self, tree: Path) -> list[str]:
        """The sources below `tree`, relative to it, sorted."""
        left_out = {path for pattern in self.without for path in tree.glob(pattern)}
        found = {path for pattern in self.sources for path in tree.glob(pattern)} - left_out
        return sorted(path.relative_to(tree).as_posix() for path in found)


@dataclass(frozen=True)
class Recipe:
    """A package. releases: its pin, then those of more sources. own: the folder of our files."""

    name: str
    releases: tuple[Release, ...]
    own: Path
    build: tuple[str, ...]
    needs: tuple[str, ...] = ()
    tests: tuple[Check, ...] = ()
    programs: Mapping[str, Program] = field(default_factory=dict)


def names(root: Path) -> list[str]:
    """The packages that have a recipe."""
    return sorted(path.name.removesuffix(SUFFIX) for path in (root / FOLDER).glob(f"*{SUFFIX}"))


def load(root: Path, name: str) -> Recipe:
    """The recipe of a package. Raises UsageError: none has this name; MuslfallError with
    everything that is wrong with it."""
    if name not in names(root):
        raise UsageError("no such package", name, f"one of: {', '.join(names(root))}")
    return Reader(root, name).recipe()


class Reader(Checker):
    """Reads one recipe."""

    def __init__(self, root: Path, name: str) -> None:
        super().__init__(f"{FOLDER}/{name}{SUFFIX}")
        self.root = root
        self.name = name
        self.own = root / FOLDER / name

    def recipe(self) -> Recipe:
        table = read_toml(self.root / FOLDER / f"{self.name}{SUFFIX}", self.root)
        self.keys(table, "", ("build",), KEYS)
        sources = (self.name, *self.strings(table, "sources", "sources"))
        programs = self.table(table, "program", "program")
        recipe = Recipe(
            name=self.name,
            releases=tuple(self.release(source) for source in sources),
            own=self.own,
            build=self.strings(table, "build", "build", lines=True),
            needs=self.strings(table, "needs", "needs"),
            tests=tuple(
                self.test(entry, f"test[{number}]")
                for number, entry in enumerate(self.tables(table, "test", "test"))
            ),
            programs={
                key: self.program(self.table(programs, key, f"program.{key}"), f"program.{key}")
                for key in programs
            },
        )
        self.finish()
        return recipe

    def release(self, source: str) -> Release:
        path = self.root / FOLDER / f"{source}.toml"
        return pins.read_series(path, self.root, source).releases[-1]

    def test(self, entry: Mapping, name: str) -> Check:
        self.keys(entry, name, ("name", "run"), ("expected",))
        expected = self.text(entry, "expected", f"{name}.expected")
        return Check(
            name=self.text(entry, "name", f"{name}.name"),
            run=self.text(entry, "run", f"{name}.run", lines=True),
            expected=self.content(expected, f"{name}.expected") if expected else None,
        )

    def content(self, file: str, name: str) -> bytes | None:
        try:
            return (self.own / file).read_bytes()
        except OSError as error:
            self.wrong(name, f"{file}: {error.strerror}")
            return None

    def program(self, table: Mapping, name: str) -> Program:
        self.keys(table, name, ("sources",), ("without", "flags"))
        keys = ("sources", "without", "flags")
        return Program(**{key: self.strings(table, key, f"{name}.{key}") for key in keys})
