"""The record of a build of the waterfall: waterfall/N/build.json.

A record is made once, by `muslfall waterfall build`, is committed, and says what does not depend
on when or how fast it was made: no times, no paths of a machine. Its keys, sorted in the file:

  schema        SCHEMA, an integer; a reader refuses any other
  build         the build's number, which never changes and is never used again
  scheduler     the component whose series asked for the build, or "forced": a person did
  repositories  per component, and for "muslfall" itself, where it comes from; each is null where
                neither the tool nor its package says it
                  hash      the revision, as the tool prints it, which may be an abbreviation
                  name      the author
                  subject   the line in which the tool names itself and its version
                  remote    where the revision is kept
  platform      as in pins.PLATFORMS: what the tools ran on, and which file each component was
  variant       the folder in out/ that has the artifacts. A build that differs from another one
                in its engines alone has the same libc, from the same folder
  components    per component `version`, `requirement`, `file` and `sha256`, as pinned
  status        "pass" when every step passed, else "fail"
  failed        null, or the first step that failed: `step`, `host` (null: not on one host alone),
                `said` (one line), and `log` (a file beside build.json)
  steps         in their order; each has
                  name      fetch, build, check, hello, or a suite's name
                  status    one of STATUSES
                  said      null, or one line that says why it did not pass
                  hosts     per host (d8, wasmtime), where the step runs programs: `status`,
                            `said`, `counts` (results by verdict), `unexpected` (the tests with
                            a verdict that nobody expected, sorted), and `of`: null, or the build
                            whose result this is: with the same artifacts, the same engine and the
                            same muslfall it was not run again
  artifacts     per file in the variant's folder, or name of a set of files, `sha256` and `size` in
                bytes; for a set `size` is the number of files, and the sha256 is of a line
                `PATH SHA256` for each, sorted by path

The keys `build`, `scheduler` and `repositories` are those of buildinfo.json and lkgr.json, which
the WebAssembly waterfall of 2015 to 2019 wrote (Summary() in its src/build.py); there `build` was
a string and `name` was the author of the commit.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from muslfall.base.errors import MuslfallError
from muslfall.base.files import read_text
from muslfall.base.printable import shown
from muslfall.base.tables import Checker, parse_json
from muslfall.pins.release import COMPONENTS, PLATFORMS

SCHEMA = 1
#: The folder of the records, in the checkout, and a record's name in its own.
FOLDER = "waterfall"
NAME = "build.json"
STATUSES = ("pass", "fail", "skipped")
FORCED = "forced"
SCHEDULERS = (*COMPONENTS, FORCED)
#: muslfall's own entry in `repositories`.
SELF = "muslfall"
SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Repository:
    """Where a component comes from, as far as it says."""

    hash: str | None = None
    name: str | None = None
    subject: str | None = None
    remote: str | None = None


@dataclass(frozen=True)
class Component:
    """The release of a component, and the file that it came in."""

    version: str
    requirement: str
    file: str
    sha256: str


@dataclass(frozen=True)
class HostResult:
    """The outcome of a step on one host."""

    status: str
    said: str | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    unexpected: tuple[str, ...] = ()
    of: int | None = None


@dataclass(frozen=True)
class Step:
    """The outcome of one step."""

    name: str
    status: str
    said: str | None = None
    hosts: Mapping[str, HostResult] = field(default_factory=dict)

    def failing(self) -> list[str]:
        """The hosts on which it failed, sorted."""
        return sorted(name for name, result in self.hosts.items() if result.status == "fail")


@dataclass(frozen=True)
class Artifact:
    """A file, or a set of files, that the build made."""

    sha256: str
    size: int


@dataclass(frozen=True)
class Failure:
    """The first step that failed, and where. log: a file's name, beside the record."""

    step: str
    host: str | None
    said: str
    log: str


@dataclass(frozen=True)
class Record:
    """One build of the waterfall; the fields are the keys of build.json."""

    build: int
    scheduler: str
    platform: str
    variant: str
    repositories: Mapping[str, Repository]
    components: Mapping[str, Component]
    steps: tuple[Step, ...]
    artifacts: Mapping[str, Artifact]

    @property
    def failed(self) -> Failure | None:
        """The first step that failed."""
        for step in self.steps:
            if step.status == "fail":
                bad = step.failing()
                said = (step.hosts[bad[0]].said if bad else None) or step.said
                host = bad[0] if len(bad) == 1 else None
                return Failure(step.name, host, said or "failed", f"{step.name}.log")
        return None

    @property
    def status(self) -> str:
        """Whether every step passed: one that was skipped did not."""
        return "pass" if all(step.status == "pass" for step in self.steps) else "fail"

    def step(self, name: str) -> Step | None:
        return next((step for step in self.steps if step.name == name), None)

    def versions(self) -> dict[str, str]:
        """Component to version: what the build is a build of."""
        return {name: component.version for name, component in self.components.items()}

    def table(self) -> dict:
        """The record as build.json has it."""
        table = {name: value for name, value in vars(self).items() if name != "steps"}
        for name in ("repositories", "components", "artifacts"):
            table[name] = {key: asdict(value) for key, value in table[name].items()}
        return table | {
            "schema": SCHEMA,
            "status": self.status,
            "failed": self.failed and asdict(self.failed),
            "steps": [asdict(step) for step in self.steps],
        }


def dump(record: Record) -> str:
    """The text of build.json; the same record gives the same text."""
    return json.dumps(record.table(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def path(root: Path, number: int) -> Path:
    """Where the record of a build is, in the checkout `root`."""
    return root / FOLDER / str(number) / NAME


def numbers(root: Path) -> list[int]:
    """The numbers of the builds that are recorded, sorted."""
    found = (file.parent.name for file in (root / FOLDER).glob(f"*/{NAME}"))
    return sorted(int(name) for name in found if re.fullmatch(r"[1-9][0-9]{0,17}", name))


def load_all(root: Path) -> list[Record]:
    """Every record of the checkout, by number. Raises MuslfallError as `load`."""
    return [load(path(root, number)) for number in numbers(root)]


def load(file: Path) -> Record:
    """Read a record. Raises MuslfallError naming the file, the key and what is wrong."""
    try:
        record = parse(read_text(file, file), file)
    except FileNotFoundError:
        raise MuslfallError("there is no such record", file, "./muslfall waterfall list") from None
    if file.name == NAME and file.parent.name != str(record.build):
        raise MuslfallError(f"is of build {record.build}, not of its folder's", f"{file}: build")
    return record


def parse(text: str, where: object = NAME) -> Record:
    """The record in the text of a build.json. Raises MuslfallError as `load`."""
    table = parse_json(text, where)
    if not isinstance(table, dict):
        raise MuslfallError(f"must be an object, not {shown(table, 40)}", where)
    if table.get("schema") != SCHEMA:
        what = f"is {shown(table.get('schema'))}; this muslfall reads schema {SCHEMA}"
        raise MuslfallError(what, f"{where}: schema")
    return Reader(where).read(table)


class Reader(Checker):
    """Reads the table of a record, and gathers what is wrong with it."""

    KEYS = ("schema", "build", "scheduler", "repositories", "platform", "variant", "components",
            "status", "failed", "steps", "artifacts")  # fmt: skip

    def read(self, table: Mapping) -> Record:
        self.keys(table, "", self.KEYS)
        record = Record(
            build=self.integer(table, "build", "build", least=1),
            scheduler=self.choice(table, "scheduler", "scheduler", SCHEDULERS),
            platform=self.choice(table, "platform", "platform", PLATFORMS[:-1]),
            variant=self.text(table, "variant", "variant"),
            repositories=self.map_of(table, "repositories", self.repository),
            components=self.map_of(table, "components", self.component),
            steps=tuple(
                self.step(entry, f"steps[{number}]")
                for number, entry in enumerate(self.tables(table, "steps", "steps"))
            ),
            artifacts=self.map_of(table, "artifacts", self.artifact),
        )
        self.whole(record)
        self.finish()
        self.agree(table, record)
        self.finish()
        return record

    def whole(self, record: Record) -> None:
        """Every component is there, and a name that is a path stays where it belongs."""
        for name in sorted(set(COMPONENTS) ^ record.components.keys()):
            there = name in record.components
            self.wrong(f"components.{name}", "no such component" if there else "is missing")
        for name in sorted({*COMPONENTS, SELF} - record.repositories.keys()):
            self.wrong(f"repositories.{name}", "is missing")
        for name in record.artifacts:
            self.inside(name, f"artifacts.{name}")
        for number, step in enumerate(record.steps):
            if not re.fullmatch(r"[A-Za-z0-9][\w.-]*|", step.name):
                self.wrong(f"steps[{number}].name", f"{shown(step.name)} must be a plain name")
        if "/" in record.variant or record.variant.startswith("."):
            self.wrong("variant", f"{shown(record.variant)} must be a folder's name")

    def agree(self, table: Mapping, record: Record) -> None:
        """Check that the values which follow from the steps agree with them."""
        failed = record.failed and asdict(record.failed)
        for name, wanted in (("status", record.status), ("failed", failed)):
            if table[name] != wanted:
                self.wrong(name, f"must be {shown(wanted)}, by the steps")

    def map_of(self, table: Mapping, key: str, read) -> dict:
        """A table of tables, each read by `read`."""
        entries = self.table(table, key, key)
        found = {}
        for name in entries:
            entry = self.typed(entries, name, f"{key}.{name}", dict, "an object", {})
            found[name] = read(entry, f"{key}.{name}")
        return found

    def maybe(self, table: Mapping, key: str, name: str) -> str | None:
        """A string, or null."""
        return None if table.get(key) is None else self.text(table, key, f"{name}.{key}")

    def repository(self, entry: Mapping, name: str) -> Repository:
        keys = tuple(vars(Repository()))
        self.keys(entry, name, keys)
        return Repository(**{key: self.maybe(entry, key, name) for key in keys})

    def component(self, entry: Mapping, name: str) -> Component:
        keys = tuple(Component.__dataclass_fields__)
        self.keys(entry, name, keys)
        found = Component(**{key: self.text(entry, key, f"{name}.{key}") for key in keys})
        self.sha256(found.sha256, name)
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.+~_-]{0,99}|", found.version):
            self.wrong(f"{name}.version", f"{shown(found.version)} is no version")
        return found

    def artifact(self, entry: Mapping, name: str) -> Artifact:
        self.keys(entry, name, ("sha256", "size"))
        sha256 = self.text(entry, "sha256", f"{name}.sha256")
        self.sha256(sha256, name)
        return Artifact(sha256, self.integer(entry, "size", f"{name}.size", least=0))

    def sha256(self, text: str, name: str) -> None:
        if text and not SHA256.fullmatch(text):
            self.wrong(f"{name}.sha256", "must be 64 lower-case hexadecimal digits")

    def step(self, entry: Mapping, name: str) -> Step:
        """Also what a step's process writes: see muslfall.waterfall.step."""
        self.keys(entry, name, ("name", "status", "said", "hosts"))
        hosts = self.typed(entry, "hosts", f"{name}.hosts", dict, "an object", {})
        found = {}
        for host in hosts:
            result = self.typed(hosts, host, f"{name}.hosts.{host}", dict, "an object", {})
            found[host] = self.host(result, f"{name}.hosts.{host}")
        return Step(
            name=self.text(entry, "name", f"{name}.name"),
            status=self.choice(entry, "status", f"{name}.status", STATUSES),
            said=self.maybe(entry, "said", name),
            hosts=found,
        )

    def host(self, entry: Mapping, name: str) -> HostResult:
        self.keys(entry, name, ("status", "said", "counts", "unexpected"), ("of",))
        counts = self.table(entry, "counts", f"{name}.counts")
        for verdict in counts:
            self.integer(counts, verdict, f"{name}.counts.{verdict}", least=0)
        return HostResult(
            status=self.choice(entry, "status", f"{name}.status", STATUSES),
            said=self.maybe(entry, "said", name),
            counts=counts,
            unexpected=self.strings(entry, "unexpected", f"{name}.unexpected"),
            of=None if entry.get("of") is None else self.integer(entry, "of", f"{name}.of", 1),
        )
