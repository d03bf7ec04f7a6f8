"""List, make and promote numbered builds, each of one release per component.

Without an action the command lists them. A build is recorded once, in waterfall/N/build.json, for
you to commit; the log of its first failing step is beside it. See the help of each action.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from muslfall import ROOT
from muslfall.base.errors import UsageError, raise_gathered
from muslfall.commands._action import add
from muslfall.pins import series as pins
from muslfall.pins import variant
from muslfall.pins.lkgr import read_lkgr, resolve
from muslfall.pins.release import COMPONENTS, current_platform
from muslfall.waterfall import plan as waterfall
from muslfall.waterfall import record

EXAMPLE = "./muslfall waterfall build --series llvm"

DEFAULT_PAGE = Path("out/waterfall.html")

LIST = """List the builds that are recorded, the newest first; * is the LKGR."""
PAGE = """Write the waterfall as a page: a row per build, a column per step and host.

The page is one HTML file that loads no other. It links to the records: --records says where they
are, as seen from the page.
"""
ROLL = """Propose the newest build of which no step failed as the LKGR, as a pull request would.

The command prints which steps ran, which files of musl became buildable or stopped being so, and
the change of toolchain/lkgr.toml as a diff that git apply takes. The LKGR never goes back to an
older release.
"""
ADD = """Find newer releases of a component in its registry, and write their pins.

The registry is asked through its own client (pip, npm, apt). Each file is downloaded, for its
sha256 and size; the tool itself says which release it is. The file of the series keeps its comments
and its order. A new release gets the quirks of the newest one: check whether they still hold.
VERSION words are the package's versions, such as ziglang's; default: all versions newer than the
pinned ones. A release belongs to the LKGR only when the waterfall has built it, green.
"""
BUILD = """Make the builds that are missing, and record them.

Without words, the command builds every release without a record, in each series (or those of
--series), with the other components at the LKGR. COMPONENT=VERSION words ask for one build; a
number asks for the releases of that build. Each build is fetched, built, checked against its
manifest, and run in V8 and in wasmtime: the programs of tests/programs, then the suites. A build
that has a record is made again, under a new number, only with --again. An interrupted run goes on
where it stopped when you start it again. Exit code 1: a build that was made now is red.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(act=run_list)
    actions = parser.add_subparsers(title="actions", metavar="ACTION")
    add(actions, "list", LIST, run_list, "./muslfall waterfall list")
    page = add(actions, "page", PAGE, run_page, "./muslfall waterfall page out/waterfall.html")
    page.add_argument("file", nargs="?", type=Path, metavar="FILE", help=f"default: {DEFAULT_PAGE}")
    page.add_argument("--records", metavar="URL", help="the records' folder, as the page links it")
    roll = add(actions, "roll", ROLL, run_roll, "./muslfall waterfall roll")
    roll.add_argument("--apply", action="store_true", help="write toolchain/lkgr.toml")
    more = add(actions, "add", ADD, run_add, "./muslfall waterfall add wasmtime --list")
    more.add_argument("component", choices=COMPONENTS)
    more.add_argument("versions", nargs="*", metavar="VERSION")
    more.add_argument("--list", action="store_true", help="show what could be added, add nothing")
    build = add(actions, "build", BUILD, run_build, EXAMPLE)
    build.add_argument("words", nargs="*", metavar="N|COMPONENT=VERSION")
    build.add_argument("--series", action="append", choices=COMPONENTS, default=[])
    build.add_argument("--again", action="store_true", help="also make builds that have a record")
    build.add_argument("--jobs", "-j", type=int, metavar="N", help="commands at the same time")


def run(args: argparse.Namespace) -> int:
    args.here = Path.cwd()
    os.chdir(ROOT)
    return args.act(args) or 0


def all_series() -> dict[str, list[str]]:
    """Component to its versions, oldest first."""
    return {name: pins.load_series(Path(), name).versions() for name in COMPONENTS}


def run_list(args: argparse.Namespace) -> None:
    from muslfall.waterfall import report as waterfall_report

    records = record.load_all(Path())
    if not records:
        print("no builds are recorded yet; ./muslfall waterfall build makes them")
        return
    number, lkgr = read_lkgr(Path())
    waterfall_report.show(records, lkgr, number)


def run_page(args: argparse.Namespace) -> None:
    from muslfall.base.files import write_if_changed
    from muslfall.waterfall import page as waterfall_page

    records = record.load_all(Path())
    number, lkgr = read_lkgr(Path())
    file = args.here / args.file if args.file else Path.cwd() / DEFAULT_PAGE
    folder = args.records or os.path.relpath(record.FOLDER, file.parent)
    text = waterfall_page.render(
        records,
        lkgr,
        number,
        all_series(),
        waterfall_page.read_logs(Path(), records),
        folder.rstrip("/") + "/",
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    write_if_changed(file, text)
    print(f"{os.path.relpath(file, args.here)}: {len(records)} builds")


def run_roll(args: argparse.Namespace) -> None:
    from muslfall.base.files import write_if_changed
    from muslfall.waterfall import roll
    from muslfall.waterfall import run as waterfall_run

    with waterfall_run.lock():
        number, lkgr = read_lkgr(Path())
        newest = waterfall.newest_good(record.load_all(Path()), lkgr, all_series())
        if newest is None or newest.build == number:
            why = "no newer build is green" if newest else "no build is green yet"
            print(f"the LKGR stays at build {number}: {why}")
            return
        proposed = roll.propose(Path(), newest)
        print(proposed.text())
        if args.apply:
            write_if_changed(roll.LKGR, proposed.after)
            print(f"{roll.LKGR}: written; ./muslfall test, then commit it")


def run_add(args: argparse.Namespace) -> None:
    from muslfall.fetch.store import Store
    from muslfall.waterfall import addition

    store = Store()
    name = args.component

    def waiting() -> None:
        print(f"another waterfall add {name} is under way; waiting", file=sys.stderr)

    def log(text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    with store.lock(f"add-{name}", waiting), store.workspace() as work:
        asked, found = addition.search(name, args.versions, work)
        if not found:
            print(f"{name}: {asked.package} {asked.pinned} is the newest, and is pinned")
        for one in found:
            if args.list:
                print(f"{name}: {one.requirement}")
            elif new := addition.add(name, asked, one, store, log):
                print(f"{name} {new.version}: added, as {new.requirement} says: {new.said.subject}")
                if name in variant.NAMED:
                    print(f"  write its manifest: ./muslfall manifest {name}={new.version}")
                print(f"  commit, then try it: ./muslfall waterfall build {name}={new.version}")


# --- build ------------------------------------------------------------------------------------


def run_build(args: argparse.Namespace) -> int:
    from muslfall.waterfall import run as waterfall_run

    if args.words and args.series:
        raise UsageError("either builds or series", "waterfall build", EXAMPLE)
    if args.jobs is not None and args.jobs < 1:
        raise UsageError("must be greater than 0", "--jobs")
    with waterfall_run.lock() as held:
        return make_all(args, held)


def make_all(args: argparse.Namespace, held) -> int:
    """Make the builds that are asked for, one after the other; returns the exit code."""
    from muslfall.waterfall import report as waterfall_report
    from muslfall.waterfall import run as waterfall_run

    records = record.load_all(Path())
    lkgr_number, lkgr = read_lkgr(Path())
    todo = wanted(args, records, lkgr)
    problems, red = [], False
    for place, one in enumerate(todo):
        number = waterfall.number(one, records, lkgr, lkgr_number)
        say(number, f"{one.words(lkgr)} ({place + 1} of {len(todo)})")
        jobs = args.jobs or len(os.sched_getaffinity(0))
        try:
            before = () if args.again else records
            run = waterfall_run.BuildRun(
                number, one, held, jobs, lambda text, n=number: say(n, text), before
            )
            made = run.make()
        except waterfall_run.NoResult as error:
            if error.step != "fetch":
                raise
            problems.append(error)  # another release may be had
            continue
        records.append(made)
        red = red or made.status != "pass"
        print(waterfall_report.describe(made, lkgr), flush=True)
        same = waterfall.same_releases(made, records)
        if same:
            print(f"build {number}: {waterfall_report.compare(made, same)}", flush=True)
    raise_gathered(problems, f"{len(problems)} builds were not made")
    return 1 if red else 0


def wanted(
    args: argparse.Namespace, records: list[record.Record], lkgr: dict[str, str]
) -> list[waterfall.Wanted]:
    """The builds to make. Builds that need not be made are named. Raises UsageError."""
    series = all_series()
    if args.words:
        asked = waterfall.asked_for(args.words, records, lkgr)
        for one in asked:
            resolve(Path(), one.versions)
    else:
        chosen = {name: series[name] for name in args.series or series}
        asked = waterfall.of_series(chosen, lkgr)
    todo = asked if args.again else waterfall.missing(asked, records, current_platform())
    done = len(asked) - len(todo)
    if done:
        print(f"{done} of {len(asked)} builds are recorded already; --again makes them again")
    return todo


def say(number: int, text: str) -> None:
    print(f"build {number}: {text}", file=sys.stderr, flush=True)
