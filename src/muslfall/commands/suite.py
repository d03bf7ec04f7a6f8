"""Run a suite of C programs: compile each, run it in V8 and in wasmtime, judge what it does.

The suite is one of those in suites/ (gcc-torture: the execute tests of GCC's C torture suite; tcc:
tests2 of the Tiny C Compiler), whose sources are fetched by their pins, or any folder of C
programs, with the folders in it; src/muslfall/suites/suite.py says what may stand beside them. A
folder without any is an error. NAME=VALUE, anywhere on the command line, chooses the variant, as in
muslfall build. A list names the known failures, with a reason each; the command fails for every
other failure, and for every test that is on the list and passes.

Results, one line of JSON per test, are in out/VARIANT/suites/, and so are the programs. Exit codes:
0: all as expected; 1: something was not; 2: the command line is wrong, or there is no test.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from muslfall import ROOT
from muslfall.base.errors import MuslfallError, UsageError
from muslfall.build import run as building
from muslfall.hosts import browser
from muslfall.hosts.engines import ALL, HOSTS, Engines
from muslfall.pins import variant
from muslfall.suites import suite

#: What a variant's folder has when its libc and its commands are built.
NEEDED = (
    "musl.wasm",
    "kernel.wasm",
    "wasm.js",
    "sysroot/lib/libkernel.a",
    "bin/musl-clang",
    "bin/d8",
)
EXAMPLE = "./muslfall suite gcc-torture --host d8 --opt O2 --filter '2000*'"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "words", nargs="+", metavar="SUITE|FOLDER|NAME=VALUE", help="one suite; and the variant"
    )
    parser.add_argument(
        "--host", choices=(*ALL, "all"), default="all", help="default: all, but for chromium"
    )
    parser.add_argument(
        "--static", action="store_true", help="link the programs with --static: one module each"
    )
    parser.add_argument(
        "--junit", type=Path, metavar="FILE", help="write the results as JUnit's XML, too"
    )
    parser.add_argument(
        "--opt", default="O2", metavar="LEVEL,…", help="the tests' -O levels (default: O2)"
    )
    parser.add_argument("--jobs", "-j", type=int, metavar="N", help="tests at the same time")
    parser.add_argument("--filter", metavar="GLOB", help="only tests of such a name")
    parser.add_argument(
        "--timeout", type=float, default=30, metavar="S", help="seconds per run (default: 30)"
    )


def run(args: argparse.Namespace) -> int:
    levels = [variant.one_of("--opt", level, variant.OPT_LEVELS) for level in args.opt.split(",")]
    if args.timeout <= 0 or (args.jobs is not None and args.jobs < 1):
        raise UsageError("must be greater than 0", "--timeout and --jobs")
    name, assignments = split(args.words)
    args.junit = args.junit and args.junit.absolute()
    os.chdir(ROOT)
    chosen = variant.choose(Path(), variant.parse_assignments(assignments))
    if args.host == "chromium":
        browser.require()
    have_libc(chosen)
    # The engines run in sessions of their own: only an interrupt of ours ends them.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    # Over a build of the variant meanwhile, tests would fail that do not.
    with building.lock(chosen, shared=True):
        return run_levels(args, name, chosen, levels)


def split(words: Sequence[str]) -> tuple[str, list[str]]:
    """The suite's name, or its folder's whole path; and NAME=VALUE.

    Raises UsageError: there is no suite, or more than one.
    """
    named = [word for word in words if "=" not in word or Path(word).is_dir()]
    if len(named) != 1:
        what = "expected one suite or folder" + ("; there are several" if named else "")
        raise UsageError(what, " ".join(named) or None, f"one of: {', '.join(suite.names(ROOT))}")
    folder = Path(named[0])
    name = str(folder.resolve()) if folder.is_dir() else named[0]
    return name, [word for word in words if word not in named]


def have_libc(chosen: variant.Variant) -> None:
    """Build the variant, unless its libc is there. Raises MuslfallError: that failed."""
    if all(Path(chosen.out, name).exists() for name in NEEDED):
        return
    with building.lock(chosen):
        if not building.build(chosen, [], ["libc"]):
            raise MuslfallError("the build failed; what failed is above", chosen.name)


def run_levels(
    args: argparse.Namespace, name: str, chosen: variant.Variant, levels: list[str]
) -> int:
    """Run the suite at every level, write the results, and print the counts."""
    from muslfall.suites import junit
    from muslfall.suites import report as suite_report
    from muslfall.suites import run as suite_run

    hosts = HOSTS if args.host == "all" else (args.host,)
    jobs = args.jobs or len(os.sched_getaffinity(0))
    engines = variant_engines(chosen)
    results = []
    for level in levels:
        cases = suite.select(suite.load(Path(), name, level), args.filter)
        plan = suite_run.SuiteSetup(chosen, level, hosts, engines, jobs, args.timeout, args.static)
        found, times = suite_run.SuiteRun(cases, plan, Progress(len(cases.cases)).done).results()
        results += found
        print(suite_report.show_times(level, times), file=sys.stderr)
        if args.filter is None:
            for one in hosts:
                file = suite_report.path(Path(chosen.out), plan.name(cases), level, one)
                suite_report.write(file, [item for item in found if item.host == one])
    if said := suite_report.dropped(results):
        print(said, file=sys.stderr)
    if args.junit:
        junit.write(args.junit, Path(name).name, results)
    suite_report.show(Path(name).name, results)
    return 1 if suite_report.unexpected(results) else 0


def variant_engines(chosen: variant.Variant) -> Engines:
    """The variant's own engines."""
    node = Path(chosen.tool("v8", "node")[0]).absolute()
    wasmtime = Path(chosen.pinned("wasmtime")).absolute()
    flags = chosen.release("v8").words("flags")
    return Engines(node, wasmtime, Path(chosen.out, "wasm.js").absolute(), flags)


class Progress:
    """Says what nobody expected as it comes; on a terminal also how far the run is."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.count = 0

    def done(self, results: list) -> None:
        from muslfall.suites import report as suite_report

        self.count += 1
        clear = "\r\x1b[K" if sys.stderr.isatty() else ""
        for result in suite_report.unexpected(results):
            print(f"{clear}{suite_report.explain(result)}", file=sys.stderr)
        if clear:
            print(f"{clear}{self.count} of {self.total}", end="", file=sys.stderr, flush=True)
            if self.count == self.total:
                print(clear, end="", file=sys.stderr, flush=True)
