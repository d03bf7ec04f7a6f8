"""Build again somewhere else, and compare byte for byte.

With --self this checkout is cloned twice, into folders of different names and depths, and each
clone is built with another TZ, LC_ALL, umask, -j and backend; every object, module, text and header
must come out the same. Without --self, the command builds what a report describes (by default the
report of the last known good build) once more in a clone, and the digests must be those of the
report.

The clones contain the uncommitted changes of this checkout, too. When something differs, the exit
code is 1, and the clones are kept for you to look at.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from muslfall import ROOT
from muslfall.base.errors import MuslfallError, UsageError
from muslfall.base.files import read_text
from muslfall.base.tables import parse_json
from muslfall.build import report
from muslfall.diff import compare
from muslfall.diff import twice as reproduction
from muslfall.pins import variant
from muslfall.pins.release import COMPONENTS

EXAMPLE = "./muslfall reproduce --self"
REPORT = "out/lkgr/report.json"
#: Differences that are named one by one.
NAMED = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--self", action="store_true", dest="twice", help="compare two builds of this checkout"
    )
    parser.add_argument(
        "words",
        nargs="*",
        metavar="REPORT | NAME=VALUE",
        help=f"a report.json (default: {REPORT}); with --self, variables as for build",
    )
    parser.add_argument(
        "--target",
        action="append",
        default=[],
        help="with --self: build and compare only this file of out/VARIANT, such as musl.wasm "
        "or obj/src/string/strspn.o; may be repeated",
    )


def run(args: argparse.Namespace) -> int:
    if args.twice:
        return twice(args.words, args.target)
    if args.target:
        raise UsageError("goes with --self only", "--target", EXAMPLE)
    if len(args.words) > 1:
        raise UsageError("expected one report", " ".join(args.words), EXAMPLE)
    return again(Path(args.words[0]) if args.words else ROOT / REPORT)


def twice(assignments: Sequence[str], targets: Sequence[str]) -> int:
    """Build in two clones. Raises MuslfallError: something differs, or cannot be built."""
    values = variant.parse_assignments(assignments)
    if "backend" in values:
        raise UsageError("one clone is built with each", "backend")
    out = variant.choose(ROOT, values).libc_out
    paths = [f"{out}/{target}" for target in targets]
    with folder() as top:
        places = reproduction.circumstances()
        clone(top, places)
        built = []
        for place in places:
            say(
                f"{place.backend} -j{place.jobs}, TZ={place.tz}, LC_ALL={place.lc_all}, "
                f"umask {place.umask:03o}, in {top / place.folder}"
            )
            built.append(reproduction.build(top, place, assignments, paths))
        digests, differences = compare.compare(*built)
        print("\n".join(compare.table(digests, differences)))
        refuse(differences, f"{len(differences)} of {len(digests)} files differ", top)
    print(f"{len(digests)} files, the same in both builds")
    return 0


def again(path: Path) -> int:
    """Build what a report says once more. Raises MuslfallError: it comes out differently."""
    before = load(path)
    with folder() as top:
        place = reproduction.circumstances()[0]
        clone(top, [place])
        say(f"{before['variant']}, in {top / place.folder}")
        words = report_assignments(before)
        reproduction.build(top, place, words)
        chosen = variant.choose(ROOT, variant.parse_assignments(words))
        after = load(top / place.folder / chosen.out / "report.json")
        mine, theirs = report_digests(before), report_digests(after)
        names = sorted(mine.keys() | theirs.keys())
        for name in names:
            same = "same" if mine.get(name) == theirs.get(name) else "DIFFERS"
            print(f"{name:<24} {same:<8} {theirs.get(name, 'is not there')}")
        refuse([n for n in names if mine.get(n) != theirs.get(n)], f"differs from {path}", top)
    print(f"{before['variant']}: as {path} says")
    return 0


def load(path: Path) -> dict:
    """A report. Raises MuslfallError: missing, or none."""
    try:
        table = parse_json(read_text(path, path), path)
        report_assignments(table), report_digests(table)
    except FileNotFoundError:
        raise MuslfallError("no such report", path, "./muslfall build") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise MuslfallError(f"is no report of a build: {error!r}", path) from None
    return table


def report_assignments(table: Mapping) -> list[str]:
    """The NAME=VALUE words that build what a report is of."""
    words = [f"{name}={table['components'][name]['version']}" for name in COMPONENTS]
    return [*words, f"opt={table['opt']}"]


def report_digests(table: Mapping) -> dict[str, str]:
    """The sha256 of everything that a report has one of."""
    found = {"objects": table["objects"]}
    found |= {report.ARTIFACTS[stage]: made["sha256"] for stage, made in table["artifacts"].items()}
    programs = table["programs"].items()
    return found | {f"programs/{name}.wasm": made["module"]["sha256"] for name, made in programs}


def refuse(differences: Sequence[object], what: str, top: Path) -> None:
    """Raise MuslfallError when there are differences, naming the first of them."""
    if not differences:
        return
    named = [*differences[:NAMED]]
    if len(differences) > NAMED:
        named.append(f"and {len(differences) - NAMED} more")
    raise Differ(what, hint=f"look at what is left in {top}", problems=named)


class Differ(MuslfallError):
    """Two builds are not the same; what they made is kept."""


@contextmanager
def folder() -> Iterator[Path]:
    """A temporary folder, which stays when what was built in it differs."""
    top = Path(tempfile.mkdtemp(prefix="muslfall-"))
    try:
        yield top
    except Differ:
        raise
    except BaseException:
        shutil.rmtree(top, ignore_errors=True)
        raise
    shutil.rmtree(top)


def clone(top: Path, places: Sequence[reproduction.Circumstances]) -> None:
    """Clone the checkout for `places`, and say so when it is not as committed."""
    if changed := reproduction.clones(ROOT, top, places):
        print(f"note: with {changed} files that are not as committed", file=sys.stderr)


def say(text: str) -> None:
    print(f"building with {text}", file=sys.stderr, flush=True)
