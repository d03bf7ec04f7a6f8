"""The run of the waterfall: makes one build, step by step, and writes its record.

The build under way is in out/waterfall/N: a result and a log per step, and KEY, which says what
they are results of. A run that was killed at any moment is taken up after the last step that it
finished; another muslfall, or other releases under this number, start anew.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from muslfall.base import locks
from muslfall.base.errors import MuslfallError
from muslfall.base.files import write_if_changed
from muslfall.fetch.store import is_disk_full
from muslfall.hosts.engines import COMPONENTS as HOST_COMPONENTS
from muslfall.hosts.engines import HOSTS
from muslfall.pins.lkgr import resolve
from muslfall.pins.release import Release, current_platform
from muslfall.waterfall import record, revision, step
from muslfall.waterfall.log import DONE, read_ends, scrubbed, shown, trimmed, without_paths
from muslfall.waterfall.plan import Wanted, known_result
from muslfall.waterfall.record import Component, HostResult, Record, Repository, Step

WORK = Path("out/waterfall")
KEY = "key.json"


@contextmanager
def lock() -> Iterator[int]:
    """Hold the waterfall; a second run waits, and says so. Gives the lock's file descriptor.

    A step's process inherits the lock: one that outlives a killed run still holds it.
    """
    text = "another run of the waterfall is under way; waiting"
    with locks.held(Path(f"{WORK}.lock"), lambda: print(text, file=sys.stderr)) as file:
        yield file


class NoResult(MuslfallError):
    """A step came to no result, which says nothing of the build."""

    def __init__(self, number: int, step: str, what: str, said: Sequence[str] = ()) -> None:
        hint = "the same command again; it goes on where this one stopped"
        super().__init__(what, f"build {number}: {step}", hint, said)
        self.step = step


class BuildRun:
    """The run of one build.

    say: told a line about each step. held: the descriptor of the waterfall's lock. jobs: commands
    at the same time. records: the builds before, for results that could not differ.
    """

    def __init__(
        self,
        number: int,
        wanted: Wanted,
        held: int,
        jobs: int,
        say: Callable[[str], None],
        records: Sequence[Record] = (),
    ) -> None:
        self.number = number
        self.wanted = wanted
        self.held = held
        self.jobs = jobs
        self.say = say
        self.records = records
        self.folder = WORK / str(number)
        self.results: dict[str, dict] = {}

    def make(self) -> Record:
        """Run the steps that have not run yet, and write the record. Raises NoResult."""
        self.take_up()
        steps: list[Step] = []
        for name in step.names(Path()):
            steps.append(self.step(name, steps))
        made = self.record(steps)
        self.write(made)
        return made

    def take_up(self) -> None:
        """Keep what a run of the same thing has left; remove anything else."""
        muslfall = [revision.own(Path()).hash, revision.edits(Path())]
        of = {"versions": dict(self.wanted.versions), "muslfall": muslfall}
        key = json.dumps(of, sort_keys=True)
        file = self.folder / KEY
        if not file.exists() or file.read_text(encoding="utf-8") != key:
            if self.folder.exists():
                shutil.rmtree(self.folder)
            self.folder.mkdir(parents=True)
            write_if_changed(file, key)

    def step(self, name: str, before: list[Step]) -> Step:
        """The result of one step, from now or from before; or why it is skipped."""
        hosts, why = hosts_for(name, before)
        known = self.known(name, hosts) if name not in step.FIRST else {}
        hosts = tuple(host for host in hosts if host not in known)
        if why:
            found = Step(name, "skipped", why)
        elif known and not hosts:
            found = merged(Step(name, "pass"), known)
        else:
            file = self.folder / f"{name}.json"
            if not file.exists():
                self.say(f"{name} …")
                self.run(name, hosts, file)
            self.results[name] = json.loads(file.read_text(encoding="utf-8"))
            found = merged(read_step(self.results[name]["step"], file), known)
        self.say(f"{name}: {found.status}{': ' + scrubbed(found.said) if found.said else ''}")
        return found

    def known(self, name: str, hosts: Sequence[str]) -> dict[str, HostResult]:
        """The results of a suite that need not be run again, by host."""
        release = resolve(Path(), self.wanted.versions).releases
        head = Repository(**self.results["fetch"]["repositories"][record.SELF])
        found = {}
        for host in hosts:
            engine = HOST_COMPONENTS[host]
            sha256 = release[engine].file().sha256
            result = known_result(
                name, host, (engine, sha256), head, self.artifacts(), self.records
            )
            if result is not None:
                found[host] = result
        return found

    def artifacts(self) -> dict[str, record.Artifact]:
        """The artifacts of the steps so far."""
        found: dict[str, dict] = {}
        for one in self.results.values():
            found |= one.get("artifacts", {})
        return {name: record.Artifact(**one) for name, one in found.items()}

    def run(self, name: str, hosts: tuple[str, ...], file: Path) -> None:
        """Run a step's process. Raises NoResult."""
        words = [f"{component}={version}" for component, version in self.wanted.versions.items()]
        argv = [
            sys.executable,
            "-m",
            "muslfall.waterfall.step",
            name,
            *words,
            "--result",
            str(file),
        ]
        argv += [f"--jobs={self.jobs}", *(f"--host={host}" for host in hosts)]
        env = os.environ | {"PYTHONPATH": "src", "PYTHONUNBUFFERED": "1"}
        log = self.folder / f"{name}.log"
        with (
            open(log, "w", encoding="utf-8", errors="replace") as kept,
            subprocess.Popen(
                argv,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                errors="replace",
                pass_fds=[self.held],
            ) as process,
            shown(sys.stderr) as show,
        ):
            for line in process.stdout or ():
                kept.write(line)
                show(line)
        self.must_be_a_result(name, process.returncode, log, file)

    def must_be_a_result(self, name: str, status: int, log: Path, file: Path) -> None:
        """Raise NoResult for a full disk, a signal or a missing network: they say nothing of the
        releases."""
        said = read_ends(log)
        if file.exists() and json.loads(file.read_text())["step"]["status"] == "pass":
            return
        if is_disk_full(said):
            file.unlink(missing_ok=True)
            raise NoResult(self.number, name, "the disk is full")
        if status or not file.exists():
            tail = [line for line in said.splitlines() if not DONE.match(line)][-5:]
            raise NoResult(self.number, name, f"came to no result (status {status})", tail)

    def record(self, steps: list[Step]) -> Record:
        """The record of the build that these are the steps of."""
        build = resolve(Path(), self.wanted.versions)
        repositories = self.results["fetch"]["repositories"]
        return Record(
            build=self.number,
            scheduler=self.wanted.scheduler,
            platform=current_platform(),
            variant=step.libc_variant(Path(), self.wanted.versions).name,
            repositories={name: Repository(**one) for name, one in repositories.items()},
            components={name: component(one) for name, one in build.releases.items()},
            steps=tuple(without_paths(one) for one in steps),
            artifacts=self.artifacts(),
        )

    def write(self, made: Record) -> None:
        """Write the record, after the log of what failed; then nothing is under way any more."""
        file = record.path(Path(), self.number)
        text = record.dump(made)
        record.parse(text, file)
        file.parent.mkdir(parents=True, exist_ok=True)
        if made.failed:
            write_if_changed(file.parent / made.failed.log, self.log(made))
        write_if_changed(file, text)

    def log(self, made: Record) -> str:
        """The kept part of the log of the step that failed first; another build's, if it is its."""
        file = self.folder / made.failed.log
        if file.exists():
            return scrubbed(trimmed(read_ends(file)))
        of = next(result.of for result in made.step(made.failed.step).hosts.values() if result.of)
        return f"not run again: this is the result of build {of}, whose record has the log\n"


def hosts_for(name: str, before: list[Step]) -> tuple[tuple[str, ...], str]:
    """The hosts that a step runs on, by how the steps before it went; and why it does not run.

    Without a libc there is nothing to run; a suite is not run on a host on which not even the
    program hello does what it should. A manifest that changed is no reason to run nothing.
    """
    done = {one.name: one for one in before}
    for needed in ("fetch", "build"):
        if needed in done and done[needed].status != "pass":
            return (), f"{needed} failed"
    if name in step.FIRST:
        return HOSTS, ""
    hosts = done["hello"].hosts
    good = [host for host in HOSTS if step.HELLO not in hosts[host].unexpected]
    return tuple(good), "" if good else "hello runs on no host"


def component(release: Release) -> Component:
    file = release.file()
    return Component(release.version, release.requirement, file.name, file.sha256)


def read_step(table: dict, where: object) -> Step:
    """A step as its process wrote it. Raises MuslfallError: it is malformed."""
    reader = record.Reader(where)
    found = reader.step(table, "step")
    reader.finish()
    return found


def merged(one: Step, known: Mapping[str, HostResult]) -> Step:
    """A step with results that are known; hosts that have none were left out for hello's sake."""
    hosts = {**one.hosts, **known}
    for host in HOSTS:
        if hosts and host not in hosts:
            hosts[host] = HostResult("skipped", "hello fails there")
    bad = [
        f"{host}: {found.said}" for host, found in sorted(known.items()) if found.status == "fail"
    ]
    said = "; ".join([one.said] * (one.said is not None) + bad) or None
    return replace(
        one, status="fail" if bad else one.status, said=said, hosts=dict(sorted(hosts.items()))
    )
