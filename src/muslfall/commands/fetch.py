"""Bring the pinned files of a build into the store.

Without arguments: the LKGR build, for this machine. COMPONENT=VERSION takes another release of
one component, as for build. Each file comes from the store, else from the mirror that
MUSLFALL_MIRROR names, else from its registry through the registry's own client (pip, npm,
apt), else from its public URL; whatever the source, its sha256 decides. Unpacked, they are
linked into out/pinned/. The store is $MUSLFALL_STORE, else the user's cache folder.
"""

from __future__ import annotations

import argparse

from muslfall import ROOT, fetch, pins, progress
from muslfall.errors import UsageError
from muslfall.store import Store

EXAMPLE = "./muslfall fetch llvm=18.1.6"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "swaps", nargs="*", metavar="COMPONENT=VERSION", help="a release other than LKGR's"
    )
    parser.add_argument("--all", action="store_true", help="every release of every series")
    parser.add_argument("--list", action="store_true", help="show what is there, fetch nothing")
    parser.add_argument("--offline", action="store_true", help="never touch the network")
    parser.add_argument(
        "--verify", action="store_true", help="read everything, replace what is damaged"
    )


def parse_swaps(words: list[str]) -> dict[str, str]:
    """COMPONENT=VERSION words as a dictionary. Raises UsageError for any other word."""
    swaps: dict[str, str] = {}
    for word in words:
        component, sign, version = word.partition("=")
        if not sign or not version:
            raise UsageError("is not COMPONENT=VERSION", word, EXAMPLE)
        if component in swaps:
            raise UsageError("is there twice", component)
        swaps[component] = version
    return swaps


def every_release() -> list[pins.Release]:
    """All releases of all series that have a file for this machine."""
    everything = [r for name in pins.COMPONENTS for r in pins.load_series(ROOT, name).releases]
    here = (pins.current_platform(), "any")
    return [r for r in everything if any(file.platform in here for file in r.files)]


def table(releases: list[pins.Release], build: pins.Build, store: Store) -> list[str]:
    """The lines of --list: a release each, what of it is in the store, `*` where the build's."""
    lines = [f"  {'release':<20} {'file':<8} {'tree':<8} {'size':>9}  from"]
    for item in fetch.status(releases, store):
        release = item.release
        mark = "*" if build.releases[release.component].version == release.version else " "
        there = [("there" if part else "missing") for part in (item.object, item.tree)]
        size = progress.megabytes(item.file.size)
        source = f"{release.registry} {release.requirement}"
        lines.append(f"{mark} {release.name:<20} {there[0]:<8} {there[1]:<8} {size:>9}  {source}")
    return lines


def run(args: argparse.Namespace) -> int:
    build = pins.resolve(ROOT, parse_swaps(args.swaps))
    store = Store()
    if args.list:
        print(f"the store is {store.root}; * is build {build.number}", end="")
        print(" (LKGR)" if not args.swaps else " with " + " ".join(args.swaps))
        print("\n".join(table(every_release(), build, store)))
        return 0
    chosen = list(build.releases.values())
    releases = every_release() if args.all else chosen
    with progress.show() as shown:
        options = {"store": store, "offline": args.offline, "progress": shown}
        fetch.ensure_all(releases, verify=args.verify, **options)
        trees = fetch.ensure(chosen, **options)
    links = fetch.link(ROOT, trees)
    for component, release in trees.releases.items():
        print(f"{component:<10} {release.version:<8} {links[component].relative_to(ROOT)}")
    return 0
