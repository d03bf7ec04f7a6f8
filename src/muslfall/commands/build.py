"""Build a variant: the libc, its kernel and loader, the commands in bin/, and its programs.

Without arguments this is the build of the last known good releases (LKGR), in out/lkgr. NAME=VALUE
changes one of its variables, and builds in another folder. Missing parts of the toolchain are
fetched first. When nothing has changed, nothing runs.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from muslfall import ROOT
from muslfall.base.errors import MuslfallError
from muslfall.build.summary import summarize
from muslfall.pins import variant

EXAMPLE = "./muslfall build llvm=18.1.6"


def details() -> str:
    """The variables and their choices, as read from the pins."""
    from muslfall.build import graph

    return graph.help_text(ROOT)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "assignments",
        nargs="*",
        metavar="NAME=VALUE",
        help="a variable and its choice, as listed above",
    )
    parser.add_argument("-j", type=int, metavar="N", help="commands at the same time")
    parser.add_argument("-v", action="store_true", help="print every command")
    parser.add_argument("-d", choices=("explain",), help="explain: say why each command runs")


def run(args: argparse.Namespace) -> int:
    from muslfall.build import run as building

    os.chdir(ROOT)
    chosen = variant.choose(Path(), variant.parse_assignments(args.assignments))
    flags = [f"-j{args.j}"] if args.j else []
    flags += ["-v"] if args.v else []
    flags += ["-d", args.d] if args.d else []
    with building.lock(chosen):
        built = building.build(chosen, flags)
    if not built:
        raise MuslfallError("the build failed; what failed is above", chosen.name)
    return summarize(chosen)
