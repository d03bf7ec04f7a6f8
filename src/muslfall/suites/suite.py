"""A suite: a folder of C programs, how each is compiled and run, and what is known to fail.

A folder's description is TESTS, beside the programs or, for the suites whose sources are fetched,
in suites/. Its keys:
  flags           for every test; files and folders among them are those of the suite's folder
  sources         more sources for every test, which then are no tests
  unsupported     exit statuses by which a test says that it cannot be run here, such as [4]
  recursive       whether folders inside have tests, too; default: yes, unless folders are named
  expected        the suffix of the files with the expected output; default: any of SUFFIXES; a
                  program that has none may print what it likes
  merged          what a test writes to stderr belongs to its output, in its place
  blanks          false: a change of blanks is none, as diff -b has it
  directives      the sources have DejaGnu's directives
  [folder.NAME]   the tests of this folder inside it, too; `flags`: more of them
  [test.NAME]     about one test, as in the file NAME.toml beside NAME.c

A test's table has `args`, `env`, `stdin`, `dirs`, `status` as in muslfall.hosts.expectation, and
  sources         more sources beside it, which then are no tests
  flags           more flags for the compiler; files among them are those beside the test
  files           what is copied beside the program, which runs in a folder of its own
  unsupported     as above, for this test
  not-applicable  why it cannot be run here

KNOWN has a list of [[known]] and of [[not-applicable]]: `tests`, `reason`, and optionally
`hosts`, `opts`, `llvm`: where it is so; default: everywhere.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path

from muslfall.base.errors import MuslfallError, UsageError, raise_gathered
from muslfall.base.tables import Checker, read_toml
from muslfall.driver import clang_options
from muslfall.pins import series as pins
from muslfall.suites import dejagnu

TESTS = "suite.toml"
KNOWN = "known.toml"
SUFFIXES = (".out", ".expect")
TEST_KEYS = (
    "args",
    "env",
    "stdin",
    "dirs",
    "status",
    "sources",
    "flags",
    "files",
    "unsupported",
    "not-applicable",
)
SUITE_KEYS = (
    "flags",
    "sources",
    "unsupported",
    "recursive",
    "merged",
    "expected",
    "blanks",
    "directives",
    "folder",
    "test",
)
#: Options of clang that name a file or a folder: alone, before it, or joined to it.
NAMING = ("-include", "-imacros", "-isystem", "-iquote", "-idirafter", "-I", "-L", "-B")
KNOWN_KEYS = ("hosts", "opts", "llvm")


@dataclass(frozen=True)
class Case:
    """One test.

    name: the source's path below the suite's folder, without its suffix.
    sources: all of them, the named one first. flags: for the compiler, after the -O.
    args, env, stdin, status: as in expectation.ProgramTest.
    dirs: guest folder to a folder that it sees. files: copied into the folder that it runs in.
    unsupported: the exit statuses that say that it cannot be run here.
    expected: what it must write; None: anything. merged: stderr belongs to it. blanks: they count.
    absent: why it cannot apply here; "": it does.
    """

    name: str
    sources: tuple[Path, ...]
    flags: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    stdin: str = ""
    dirs: Mapping[str, Path] = field(default_factory=dict)
    files: tuple[Path, ...] = ()
    status: int = 0
    unsupported: tuple[int, ...] = ()
    expected: bytes | None = None
    merged: bool = False
    blanks: bool = True
    absent: str = ""


@dataclass(frozen=True)
class Known:
    """Tests of which it is known that they fail, or that they do not apply, and why.

    hosts, opts, llvm: where; empty: everywhere.
    """

    tests: tuple[str, ...]
    reason: str
    applies: bool
    hosts: tuple[str, ...] = ()
    opts: tuple[str, ...] = ()
    llvm: tuple[str, ...] = ()

    def covers(self, test: str, host: str, opt: str, llvm: str) -> bool:
        places = ((self.hosts, host), (self.opts, opt), (self.llvm, llvm))
        return test in self.tests and all(not some or one in some for some, one in places)


@dataclass(frozen=True)
class Suite:
    """name: of its results. cases: by name, sorted, at one -O level."""

    name: str
    cases: tuple[Case, ...]
    known: tuple[Known, ...] = ()

    def reason(self, case: Case, host: str, opt: str, llvm: str) -> Known | None:
        """The known facts about a test there."""
        found = (item for item in self.known if item.covers(case.name, host, opt, llvm))
        return next(found, None)


def names(root: Path) -> list[str]:
    """The suites whose sources are pinned in suites/."""
    found = (path.name.removesuffix(".tests.toml") for path in root.glob("suites/*.tests.toml"))
    return sorted(found)


def load(root: Path, name: str, opt: str) -> Suite:
    """The suite `name` of suites/, fetched if it has to be, or the one in the folder `name`.

    opt: the -O level, which says which tests apply. Raises UsageError: there is neither.
    """
    if name in names(root):
        folder = fetched(root, name)
        return read(
            name,
            folder,
            root / f"suites/{name}.tests.toml",
            root / f"suites/{name}.known.toml",
            opt,
        )
    folder = Path(name)
    if not folder.is_dir():
        raise UsageError("no such suite or folder", name, f"one of: {', '.join(names(root))}")
    return read(folder.resolve().name, folder, folder / TESTS, folder / KNOWN, opt)


def fetched(root: Path, name: str) -> Path:
    """The unpacked sources of a suite of suites/."""
    from muslfall.base import progress
    from muslfall.fetch import fetcher

    series = pins.read_series(root / f"suites/{name}.toml", root, name)
    with progress.show() as shown:
        return fetcher.ensure([series.releases[-1]], progress=shown)[name]


def read(name: str, folder: Path, tests: Path, known: Path, opt: str) -> Suite:
    """Read a suite. Raises MuslfallError with everything that is wrong with its files."""
    description = Description(folder, tests, opt)
    cases = description.cases()
    if not cases:
        raise UsageError("holds no C program", folder, "name a folder with files NAME.c")
    listed = read_known(known) if known.exists() else ()
    missing = sorted({test for item in listed for test in item.tests} - {c.name for c in cases})
    if missing:
        raise MuslfallError(f"there is no test {', '.join(missing)}", known)
    return Suite(name, tuple(cases), listed)


def select(suite: Suite, pattern: str | None) -> Suite:
    """The tests whose names match a glob. Raises UsageError: none does."""
    if pattern is None:
        return suite
    cases = tuple(case for case in suite.cases if fnmatchcase(case.name, pattern))
    if not cases:
        raise UsageError("no test has such a name", f"--filter {pattern}")
    return replace(suite, cases=cases)


class Description(Checker):
    """What TESTS and the files beside the sources say."""

    def __init__(self, folder: Path, path: Path, opt: str) -> None:
        super().__init__(path)
        self.folder = folder
        self.opt = opt
        table = read_table(path) if path.exists() else {}
        self.keys(table, "", (), SUITE_KEYS)
        self.flags = placed(self.strings(table, "flags", "flags"), folder)
        self.sources = self.beside(table, "sources", "sources", folder)
        self.unsupported = self.statuses(table, "unsupported")
        self.merged = self.typed(table, "merged", "merged", bool, "a boolean", False)
        self.blanks = self.typed(table, "blanks", "blanks", bool, "a boolean", True)
        self.suffix = self.text(table, "expected", "expected")
        self.directives = self.typed(table, "directives", "directives", bool, "a boolean", False)
        self.folders = self.table(table, "folder", "folder")
        self.tests = self.table(table, "test", "test")
        self.recursive = self.typed(
            table, "recursive", "recursive", bool, "a boolean", not self.folders
        )

    def cases(self) -> list[Case]:
        """Every test, by name. Raises MuslfallError: the description is malformed."""
        found = [self.case(path) for path in self.paths()]
        for name in sorted(set(self.tests) - {case.name for case in found}):
            self.wrong(f"test.{name}", "there is no such test")
        self.finish()
        helpers = {path for case in found for path in case.sources[1:]}
        helpers |= {Path(flag) for case in found for flag in case.flags if flag.endswith(".c")}
        return [case for case in found if case.sources[0] not in helpers]

    def paths(self) -> list[Path]:
        """The C files that are tests, or parts of some."""
        if not self.recursive:
            parts = ("", *self.folders)
            return sorted({path for part in parts for path in (self.folder / part).glob("*.c")})
        found = []
        for top, inside, names in os.walk(self.folder):
            inside[:] = [name for name in inside if not name.startswith(".")]
            found += [Path(top, name) for name in names if name.endswith(".c")]
        return sorted(found)

    def beside(self, table: Mapping, key: str, name: str, folder: Path) -> tuple[Path, ...]:
        """Files of a folder. One that is not there is wrong."""
        paths = tuple(folder / item for item in self.strings(table, key, name))
        for path in paths:
            if not path.is_file():
                self.wrong(name, f"there is no file {path}")
        return paths

    def statuses(self, table: Mapping, name: str) -> tuple[int, ...]:
        """A list of exit statuses, none of them 0."""
        value = self.typed(table, "unsupported", name, list, "a list of exit statuses", [])
        if not all(type(item) is int and 0 < item < 256 for item in value):
            self.wrong(name, f"must be a list of exit statuses, 1 to 255, not {value!r}")
            return ()
        return tuple(value)

    def case(self, source: Path) -> Case:
        name = source.relative_to(self.folder).with_suffix("").as_posix()
        own = self.own_table(name, source)
        wishes = self.wishes(source)
        expected = self.expected(source)
        part = self.folders.get(Path(name).parent.as_posix(), {})
        prefix = f"test.{name}"
        flags = placed(self.strings(part, "flags", "folder.flags"), self.folder)
        here = source.parent
        own_flags = (*wishes.flags, *self.strings(own, "flags", f"{prefix}.flags"))
        sources = self.beside(own, "sources", f"{prefix}.sources", here)
        return Case(
            name=name,
            sources=(source, *sources, *(path for path in self.sources if path != source)),
            flags=(*self.flags, *flags, *placed(own_flags, here)),
            args=self.strings(own, "args", f"{prefix}.args"),
            env=self.table(own, "env", f"{prefix}.env"),
            stdin=self.typed(own, "stdin", f"{prefix}.stdin", str, "a string", ""),
            dirs={
                guest: source.parent / place
                for guest, place in self.table(own, "dirs", f"{prefix}.dirs").items()
            },
            files=self.beside(own, "files", f"{prefix}.files", here),
            unsupported=(*self.unsupported, *self.statuses(own, f"{prefix}.unsupported")),
            status=self.typed(own, "status", f"{prefix}.status", int, "an integer", 0),
            expected=expected,
            merged=self.merged,
            blanks=self.blanks,
            absent=self.text(own, "not-applicable", f"{prefix}.not-applicable") or wishes.absent,
        )

    def expected(self, source: Path) -> bytes | None:
        """The expected output, from the file beside the source that has it."""
        suffixes = (self.suffix,) if self.suffix else SUFFIXES
        paths = (source.with_suffix(suffix) for suffix in suffixes)
        return next((path.read_bytes() for path in paths if path.exists()), None)

    def own_table(self, name: str, source: Path) -> dict:
        """The settings of one test: in TESTS, and in the file beside it."""
        beside = source.with_suffix(".toml")
        table = self.table(self.tests, name, f"test.{name}")
        own = table | (read_table(beside) if beside.exists() else {})
        self.keys(own, f"test.{name}", (), TEST_KEYS)
        return own

    def wishes(self, source: Path) -> dejagnu.Wishes:
        if not self.directives:
            return dejagnu.Wishes()
        script = source.with_suffix(".x")
        wishes = dejagnu.read(source.read_text("utf-8", "replace"), [f"-{self.opt}"])
        if script.exists():
            more = dejagnu.read_x(script.read_text("utf-8", "replace"))
            wishes.flags += more.flags
            wishes.leave_out(more.absent)
        return wishes


def placed(flags: Sequence[str], folder: Path) -> tuple[str, ...]:
    """Flags in which the files and folders are those of `folder`, as far as they are there."""
    words = []
    before = ""
    with_value = clang_options.separate()
    for flag in flags:
        option = next((name for name in NAMING if flag.startswith(name)), "")
        if not flag.startswith("-") and (before in NAMING or before not in with_value):
            option = ""
        elif not option or flag == option:
            before = flag
            words.append(flag)
            continue
        path = folder / flag.removeprefix(option)
        words.append(f"{option}{path}" if path.exists() else flag)
        before = ""
    return tuple(words)


def read_table(path: Path) -> dict:
    """The TOML table in a file anywhere."""
    return read_toml(path, Path(path.anchor))


def read_known(path: Path) -> tuple[Known, ...]:
    """The list in a file KNOWN. Raises MuslfallError with everything that is wrong with it."""
    check = Checker(path)
    table = read_table(path)
    check.keys(table, "", (), ("known", "not-applicable"))
    found = []
    for kind in ("known", "not-applicable"):
        for number, entry in enumerate(check.tables(table, kind, kind)):
            found.append(_known(check, entry, f"{kind}[{number}]", kind == "known"))
    raise_gathered([*check.problems, *_doubles(path, found)], f"{path} is malformed")
    return tuple(found)


def _known(check: Checker, entry: Mapping, name: str, applies: bool) -> Known:
    check.keys(entry, name, ("tests", "reason"), KNOWN_KEYS)
    places = {key: check.strings(entry, key, f"{name}.{key}") for key in KNOWN_KEYS}
    tests = check.strings(entry, "tests", f"{name}.tests")
    return Known(tests, check.text(entry, "reason", f"{name}.reason"), applies, **places)


def _doubles(path: Path, found: Sequence[Known]) -> Iterable[MuslfallError]:
    """Tests that two entries for the same place name."""
    seen: set[tuple] = set()
    for item in found:
        for test in item.tests:
            key = (test, item.hosts, item.opts, item.llvm)
            if key in seen:
                yield MuslfallError(f"{test} is listed twice", path)
            seen.add(key)
