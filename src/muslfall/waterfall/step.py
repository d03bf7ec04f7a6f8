"""One step of a build of the waterfall, in a process of its own.

    python -m muslfall.waterfall.step STEP --result FILE COMPONENT=VERSION…

The output of the module and its tools is the step's log. FILE gets an object: `step`, as
record.Step has it, and what else the record has from this step: `repositories`, `artifacts`. A step
that failed is a result, and the exit code is 0; the exit code 1 says that there is none: no
network, a full disk.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from muslfall.base import guard
from muslfall.base.errors import MuslfallError
from muslfall.base.files import write_if_changed
from muslfall.build import ninja, report
from muslfall.build import run as building
from muslfall.fetch.links import link
from muslfall.hosts import command as host
from muslfall.hosts import trial
from muslfall.hosts.engines import COMPONENTS, HOSTS, Engines
from muslfall.hosts.expectation import load_test
from muslfall.libc import manifest
from muslfall.pins import variant
from muslfall.pins.lkgr import resolve
from muslfall.pins.release import Build
from muslfall.suites import suite
from muslfall.waterfall.record import Artifact, HostResult, Step

#: The steps before the suites, in their order.
FIRST = ("fetch", "build", "check", "hello")
#: The program by which a host is known to work at all.
HELLO = "hello"
#: Seconds that a test of a suite may run: on a machine that does more than this.
TIMEOUT = 120


@dataclass(frozen=True)
class Work:
    """The subject of a step.

    build: the release of each component. libc: the variant that its libc is of; the engines are
    no inputs of a libc, so that builds which differ in them alone share its folder.
    """

    build: Build
    libc: variant.Variant
    hosts: tuple[str, ...]
    jobs: int

    @property
    def out(self) -> Path:
        """The folder of the variant that is built."""
        return Path(self.libc.out)

    def engines(self) -> Engines:
        """The build's own."""
        trees = {
            name: Path("out/pinned") / self.build.releases[name].name
            for name in COMPONENTS.values()
        }
        node = trees["v8"] / self.build.releases["v8"].tools["node"][0]
        return Engines(
            node.absolute(),
            trees["wasmtime"].absolute(),
            (self.out / "wasm.js").absolute(),
            self.build.releases["v8"].words("flags"),
        )


def libc_variant(root: Path, versions: Mapping[str, str]) -> variant.Variant:
    """The variant whose folder has the libc of these releases: the engines are the LKGR's."""
    engines = set(COMPONENTS.values())
    return variant.choose(root, {name: v for name, v in versions.items() if name not in engines})


Result = dict[str, object]


def result(name: str, problem: str | None, **more: object) -> Result:
    """A step that runs no programs: failed, when there is a problem."""
    status = "pass" if problem is None else "fail"
    return {"step": asdict(Step(name, status, problem)), **more}


def on_hosts(name: str, hosts: Mapping[str, HostResult], **more: object) -> Result:
    """A step that ran programs."""
    bad = [f"{host}: {one.said}" for host, one in sorted(hosts.items()) if one.status == "fail"]
    status = "fail" if bad else "pass"
    return {"step": asdict(Step(name, status, "; ".join(bad) or None, hosts)), **more}


# --- fetch, build, check --------------------------------------------------------------------


def fetch(work: Work) -> Result:
    """Have every release; what cannot be had is no result."""
    from muslfall.base import progress
    from muslfall.fetch import fetcher as fetch
    from muslfall.waterfall import revision

    releases = work.build.releases
    with progress.show() as shown:
        trees = fetch.ensure(releases.values(), progress=shown)
    link(Path(), trees)
    found = revision.all_of(releases, trees)
    return result("fetch", None, repositories={name: asdict(one) for name, one in found.items()})


def build(work: Work) -> Result:
    """The libc, its kernel and loader."""
    with building.lock(work.libc):
        built = building.build(work.libc, [f"-j{work.jobs}"], ["libc"])
    problem = None if built else "a command failed; the log has what it said"
    return result("build", problem, artifacts=artifacts(work.out) if built else {})


def artifacts(out: Path) -> dict[str, dict]:
    """The files in the folder of a built libc."""
    found = {name: report.described(out / name) for name in report.ARTIFACTS.values()}
    objects = len((out / "obj/objects.list").read_text(encoding="utf-8").splitlines())
    paths = sorted(path for path in out.glob("sysroot/include/**/*") if path.is_file())
    headers = {path.relative_to(out).as_posix(): path for path in paths}
    return found | {
        "objects": asdict(Artifact(report.objects(out), objects)),
        "sysroot/include": asdict(Artifact(report.set_digest(headers), len(headers))),
    }


def check(work: Work) -> Result:
    """The manifest is as committed."""
    built = manifest.load(work.out / "manifest.toml")
    try:
        differences = manifest.compare(manifest.load(Path(work.libc.manifest)), built)
    except MuslfallError as error:
        print(error)
        return result("check", f"{error.where}: {error.what}")
    print("\n".join(differences) or f"{work.libc.manifest}: as committed")
    more = f" (and {len(differences) - 1} more)" if len(differences) > 1 else ""
    return result("check", differences[0] + more if differences else None)


# --- hello ------------------------------------------------------------------------------------


def hello(work: Work) -> Result:
    """The programs of tests/programs, each on each host."""
    tests = [load_test(path) for path in sorted(Path("tests/programs").glob("*.c"))]
    programs = {test.source.stem: work.out / f"programs/{test.source.stem}.wasm" for test in tests}
    with building.lock(work.libc):
        problems = build_programs(work, programs)

    def run(test) -> dict[str, str | None]:
        if test.source.stem in problems:
            return dict.fromkeys(work.hosts, problems[test.source.stem])
        return {name: on_host(work, test, programs, name) for name in work.hosts}

    with ThreadPoolExecutor(work.jobs) as pool:
        found = dict(zip(programs, pool.map(run, tests), strict=True))
    for name in sorted(programs):
        for one in work.hosts:
            print(f"{name} on {one}: {found[name][one] or 'as expected'}")
    hosts = {
        name: host_result({program: found[program][name] for program in programs})
        for name in work.hosts
    }
    made = {
        path.relative_to(work.out).as_posix(): report.described(path)
        for name, path in programs.items()
        if name not in problems
    }
    return on_hosts("hello", hosts, artifacts=made)


def build_programs(work: Work, programs: Mapping[str, Path]) -> dict[str, str]:
    """Build the programs; returns those that could not be, and what was said."""
    if building.build(work.libc, [f"-j{work.jobs}", "-k0"], ["programs"]):
        return {}
    problems = {}
    for name, path in programs.items():
        argv = [ninja.find(), "-f", f"{work.libc.out}/build.ninja", "--quiet", str(path)]
        done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if done.returncode:
            said = done.stdout.decode("utf-8", "replace")
            problems[name] = f"is not built: {diagnostic(said)}"
    return problems


def diagnostic(said: str) -> str:
    """The line of Ninja's and a tool's output that says what is wrong."""
    from muslfall.suites.verdict import diagnostic

    lines = said.splitlines()
    return diagnostic("\n".join(line for line in lines if not line.startswith(("FAILED", "env "))))


def on_host(work: Work, test, programs: Mapping[str, Path], name: str) -> str | None:
    """The fault of one program on one host, or None."""
    command = host.command(
        name,
        work.engines(),
        programs[test.source.stem],
        [work.out / "musl.wasm"],
        trial.options(test),
    )
    return trial.judge(test, trial.run(command, test.stdin))


def host_result(problems: Mapping[str, str | None]) -> HostResult:
    """The result of a host, by program what was wrong with it."""
    bad = {name: problem for name, problem in problems.items() if problem is not None}
    first = next((f"{name}: {problem}" for name, problem in bad.items()), None)
    counts = {"pass": len(problems) - len(bad), "fail": len(bad)}
    return HostResult("fail" if bad else "pass", first, counts, tuple(sorted(bad)))


# --- suites -----------------------------------------------------------------------------------


def run_suite(work: Work, name: str) -> Result:
    """A suite at the -O level of the libc, each test on each host."""
    from muslfall.suites import kept as suite_kept
    from muslfall.suites import report as suite_report
    from muslfall.suites import run as suite_run

    opt = work.libc.opt
    cases = suite.load(Path(), name, opt)
    plan = suite_run.SuiteSetup(work.libc, opt, work.hosts, work.engines(), work.jobs, TIMEOUT)
    run = suite_run.SuiteRun(cases, plan, Counting(len(cases.cases)).done)
    run.compiler = suite_kept.KeptCompiler(work.libc, plan.folder(cases), programs_key(work))
    with building.lock(work.libc, shared=True):
        results, _ = run.results()
    run.compiler.keep()
    unexpected = suite_report.unexpected(results)
    for one in unexpected:
        print(suite_report.explain(one))
    print(suite_report.dropped(results))
    suite_report.show(name, results)
    hosts = {}
    for one in work.hosts:
        counts = Counter(item.verdict for item in results if item.host == one)
        bad = [item for item in unexpected if item.host == one]
        hosts[one] = suite_result(dict(sorted(counts.items())), bad)
    return on_hosts(name, hosts)


def programs_key(work: Work) -> dict[str, object] | None:
    """All that a suite's programs are made from; None: this muslfall has no name for itself."""
    from muslfall.waterfall import revision

    head = revision.own(Path()).hash
    if head is None or head.endswith("-dirty"):
        return None
    made = {name: one["sha256"] for name, one in artifacts(work.out).items()}
    return {"muslfall": head, "llvm": work.build.releases["llvm"].version, "artifacts": made}


class Counting:
    """Says how far a suite is, in lines as Ninja's, which no log keeps."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.count = 0

    def done(self, results: object) -> None:
        self.count += 1
        if self.count % 50 == 0:
            print(f"[{self.count}/{self.total}] tests", flush=True)


def suite_result(counts: dict[str, int], bad: Sequence) -> HostResult:
    """The result of a suite on a host; `bad`: the results that nobody expected."""
    from muslfall.suites import report as suite_report

    if not bad:
        return HostResult("pass", None, counts)
    more = f" (and {len(bad) - 1} more)" if len(bad) > 1 else ""
    said = suite_report.describe(bad[0]) + more
    return HostResult("fail", said, counts, tuple(sorted(item.test for item in bad)))


# --- the process ------------------------------------------------------------------------------


def names(root: Path) -> list[str]:
    """The names of all steps, in their order."""
    return [*FIRST, *suite.names(root)]


def run(name: str, work: Work) -> Result:
    """Run a step. Raises MuslfallError: there is no result."""
    steps: dict[str, Callable[[Work], Result]] = {
        "fetch": fetch,
        "build": build,
        "check": check,
        "hello": hello,
    }
    return steps[name](work) if name in steps else run_suite(work, name)


def main(argv: list[str]) -> int:
    """The process of a step."""
    parser = argparse.ArgumentParser(prog="muslfall.waterfall.step")
    parser.add_argument("step", choices=names(Path()))
    parser.add_argument("assignments", nargs="*")
    parser.add_argument("--result", type=Path, required=True)
    parser.add_argument("--host", action="append", choices=HOSTS, dest="hosts")
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    args = parser.parse_args(argv)
    versions = variant.parse_assignments(args.assignments)
    work = Work(
        build=resolve(Path(), versions),
        libc=libc_variant(Path(), versions),
        hosts=tuple(args.hosts or HOSTS),
        jobs=args.jobs,
    )
    found = run(args.step, work)
    write_if_changed(args.result, json.dumps(found, indent=2, sort_keys=True) + "\n")
    return 0


if __name__ == "__main__":
    guard.end(main)
