"""Build real software with musl-clang and run its tests, in V8 and in wasmtime.

Each package (software/NAME.toml and NAME.recipe.toml) is fetched by its pin, built by its own build
system, with musl-clang as its compiler, and tested on each host, by its own tests where it has
them, and by some of ours. Without a NAME, all packages are built. NAME=VALUE chooses the variant,
as in muslfall build.

Everything is built anew in out/VARIANT/software/NAME/. Its folder build has the built package, and
build.log the output of the build; the folders d8 and wasmtime each have a copy, in which the tests
ran; HOST.TEST.out and HOST.TEST.err have the output of a test.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path

from muslfall import ROOT
from muslfall.base.errors import UsageError
from muslfall.hosts.engines import HOSTS
from muslfall.pins import variant
from muslfall.software import recipe

WAITING = "muslfall: another muslfall builds software of this variant; waiting"
EXAMPLE = "./muslfall software zlib --host wasmtime"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "words", nargs="*", metavar="NAME", help="a package; NAME=VALUE chooses the variant"
    )
    parser.add_argument("--host", choices=(*HOSTS, "all"), default="all")
    parser.add_argument("--cc", default="musl-clang", metavar="COMMAND", help="default: musl-clang")
    parser.add_argument("--jobs", "-j", type=int, metavar="N", help="processes at the same time")
    parser.add_argument("--list", action="store_true", help="only name the packages")


def details() -> str:
    return f"Packages: {', '.join(recipe.names(ROOT))}."


def run(args: argparse.Namespace) -> int:
    if args.list:
        print("\n".join(recipe.names(ROOT)))
        return 0
    if args.jobs is not None and args.jobs < 1:
        raise UsageError("must be greater than 0", "--jobs")
    os.chdir(ROOT)
    named = [word for word in args.words if "=" not in word]
    recipes = [recipe.load(Path(), name) for name in named or recipe.names(Path())]
    chosen = variant.choose(Path(), variant.parse_assignments(w for w in args.words if "=" in w))
    # Command lines run in sessions of their own: only an interrupt of ours ends them.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    return run_recipes(args, recipes, chosen)


def run_recipes(
    args: argparse.Namespace, recipes: list[recipe.Recipe], chosen: variant.Variant
) -> int:
    from muslfall.base import progress
    from muslfall.commands.suite import have_libc
    from muslfall.software import report as software_report
    from muslfall.software import run as software_run

    software_run.check_needs(recipes)
    have_libc(chosen)
    hosts = HOSTS if args.host == "all" else (args.host,)
    jobs = args.jobs or len(os.sched_getaffinity(0))
    plan = software_run.SoftwareSetup(Path(chosen.out).absolute(), hosts, args.cc, jobs)
    with progress.show() as shown:
        found = software_run.trees(recipes, shown)
    folder = plan.out / "software"
    with software_run.lock(folder, lambda: print(WAITING, file=sys.stderr)):
        results = software_run.run(recipes, plan, found, software_report.Progress().done)
        software_report.write(folder, results)
    software_report.show(results, hosts)
    return 1 if any(result.problem for result in results) else 0
