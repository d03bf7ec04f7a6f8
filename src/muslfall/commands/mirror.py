"""Publish builds as a tree of files that any web server serves; check it, prune it.

A published tree has the archive of each build's toolchain and libc, and the pinned files that
the build was made from, so it is both: a mirror for MUSLFALL_MIRROR, and one for
`./muslfall fetch --mirror URL lkgr`. With keys (`./muslfall trust init`) it is signed.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path

from muslfall import ROOT
from muslfall.base import progress
from muslfall.base.errors import MuslfallError, UsageError
from muslfall.commands._action import add
from muslfall.pins.lkgr import read_lkgr
from muslfall.publish.tree import Tree
from muslfall.waterfall import record

EXAMPLE = "./muslfall mirror publish out/mirror"

PUBLISH = """Put builds into the tree DIR, which is made if it is not there.

BUILD is the number of a recorded build; without one, the LKGR's. A build that is not built here is
built first; where the checkout has moved on, in a clone at the revision that was recorded. A build
that does not come out as recorded is refused. The tree also gets the wheels of requirements.lock,
for the Python that runs this: with them a front door needs no package index. Readers see the old
state or the new one at any moment; an interrupted command goes on when you run it again.
"""
VERIFY = """Check a tree, in a folder or by its address, and say all that is wrong with it.

The command reads each archive to its end and compares its files with the build's record; it reads
each pinned file of each build, too. Exit code 1: something is wrong.
"""
GC = """Remove old builds, and the pinned files that no remaining build needs.

The LKGR stays, whatever its age. A signed tree must be signed anew: give --keys.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    publish = add(actions, "publish", PUBLISH, run_publish, EXAMPLE)
    publish.add_argument("tree", type=Path, metavar="DIR")
    publish.add_argument("builds", nargs="*", type=int, metavar="BUILD")
    publish.add_argument(
        "--records",
        type=Path,
        metavar="FOLDER",
        help=f"where the records are (default: {record.FOLDER})",
    )
    publish.add_argument(
        "--jobs", "-j", type=int, metavar="N", help="threads, and commands at the same time"
    )
    add_keys(publish)
    verify = add(actions, "verify", VERIFY, run_verify, "./muslfall mirror verify out/mirror")
    verify.add_argument("where", metavar="DIR|URL")
    gc = add(actions, "gc", GC, run_gc, "./muslfall mirror gc out/mirror --keep 5 --dry-run")
    gc.add_argument("tree", type=Path, metavar="DIR")
    gc.add_argument(
        "--keep",
        type=int,
        default=5,
        metavar="N",
        help="how many of the newest builds stay (default: 5)",
    )
    gc.add_argument("--dry-run", action="store_true", help="only say what would be removed")
    add_keys(gc)


def add_keys(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--keys",
        type=Path,
        action="append",
        default=[],
        metavar="FOLDER",
        help="sign the tree with the keys in this folder; may be given several times",
    )


def run(args: argparse.Namespace) -> int:
    for name in ("tree", "records"):
        if getattr(args, name, None):
            setattr(args, name, getattr(args, name).absolute())
    args.keys = [folder.absolute() for folder in getattr(args, "keys", [])]
    return args.act(args) or 0


def signer(tree: Path, keys: list[Path]) -> Callable[[], None]:
    """The signer of the tree: none, when it has no signatures and no keys are given.

    Raises UsageError: it is signed, and would not be any more.
    """
    if not keys:
        if (tree / "metadata").is_dir():
            raise UsageError("is signed, and must be signed anew", tree, "--keys FOLDER")
        return lambda: None
    from muslfall.publish.keys import Ring
    from muslfall.publish.repository import Repository

    ring = Ring(keys)
    repository = Repository(tree)
    repository.root()
    return lambda: print(f"{tree}: signed: {repository.sign(ring)}")


def run_publish(args: argparse.Namespace) -> None:
    from muslfall.fetch.store import Store
    from muslfall.publish import builds as publishing
    from muslfall.publish import wheels

    sign = signer(args.tree, args.keys)
    where = args.records or ROOT / record.FOLDER
    lkgr, _ = read_lkgr(ROOT)
    records = publishing.platform_records(where, args.builds or [lkgr])
    os.chdir(ROOT)
    jobs = args.jobs or len(os.sched_getaffinity(0))
    tree = Tree(args.tree)
    with progress.show() as shown:
        publisher = publishing.Publisher(tree, Store(), shown, jobs)
        new = publisher.publish(records, lkgr)
    found = wheels.publish(tree, Path("requirements.lock"))
    print(f"{tree.root / wheels.FOLDER}: {len(found)} wheels of requirements.lock")
    for one in records:
        said = "published" if one.build in new else "is there already"
        print(f"{tree.folder(one.platform, one.build)}: {said}")
    sign()


def run_verify(args: argparse.Namespace) -> int:
    from muslfall.publish import inspection

    url = args.where.startswith(("http://", "https://"))
    if not url and not Path(args.where).is_dir():
        raise UsageError("is no folder and no address", args.where, "http://HOST/FOLDER")
    with progress.show() as shown:
        builds, problems = inspection.inspect(args.where, shown)
    if problems:
        count = f"{len(problems)} problem" + "s" * (len(problems) > 1)
        raise MuslfallError(f"{count}, {plural(builds)}", args.where, problems=problems)
    print(f"{args.where}: {plural(builds)}, all as it should be")
    return 0


def plural(builds: int) -> str:
    return f"{builds} build" + "s" * (builds != 1)


def run_gc(args: argparse.Namespace) -> None:
    from muslfall.publish import pruning

    if args.keep < 1:
        raise UsageError("must be at least 1", "--keep")
    if not args.tree.is_dir():
        raise UsageError("is no folder", args.tree)
    tree = Tree(args.tree)

    def waiting() -> None:
        print(f"{args.tree}: another publish or gc is running; waiting")

    if args.dry_run:
        done = pruning.plan(tree, args.keep)
    else:
        done = pruning.prune(tree, args.keep, signer(args.tree, args.keys), waiting)
    for platform, build in done.builds:
        print(f"{platform}/{build}")
    for name in done.objects:
        print(f"sha256/{name}")
    verb = "would be removed" if args.dry_run else "removed"
    print(
        f"{plural(len(done.builds))} and {len(done.objects)} files, "
        f"{progress.megabytes(done.size)}: {verb}"
    )
