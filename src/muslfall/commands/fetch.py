"""Bring the pinned files of a build into the store; or a toolchain from a mirror.

Without arguments the command fetches the last known good build (LKGR), for this machine.
COMPONENT=VERSION takes another release of one component, as for build. Each file comes from the
store, else from the mirror that --mirror or MUSLFALL_MIRROR names, else from its registry through
the registry's own client (pip, npm, apt), else from its public URL; whatever the source, its sha256
decides. The files are unpacked and linked into out/pinned/. The store is $MUSLFALL_STORE, else the
user's cache folder.

The store must belong to the user or to root, and nobody else may be able to write to it, since
programs are run out of it. To share a store, let one user fill it, and others read it: where that
user is not root, MUSLFALL_STORE_USERS=NAME,… says whose files to take.

With --mirror and a BUILD, the command fetches the toolchain in that build's archive instead, and
runs its clang to learn the version. The toolchain is a release from then on: `./muslfall build
llvm=mirror:BUILD`. BUILD is a number, lkgr or latest; for --layout emscripten, a version, latest,
or a hash of emscripten-releases. The keys of --root must have signed the mirror's list of builds.
With --unsigned no signature is needed: the waterfall of 2016 to 2019 and emscripten-releases have
none.
"""

from __future__ import annotations

import argparse
import os
import re
from pathlib import Path

from muslfall import ROOT
from muslfall.base import progress
from muslfall.base.errors import UsageError
from muslfall.fetch import fetcher, signature
from muslfall.fetch.links import link
from muslfall.fetch.store import Store
from muslfall.mirror.layouts import LAYOUTS, Muslfall
from muslfall.pins import mirrored, variant
from muslfall.pins import series as pins
from muslfall.pins.release import COMPONENTS, Build, Release, current_platform

EXAMPLE = "./muslfall fetch llvm=18.1.6"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "words",
        nargs="*",
        metavar="COMPONENT=VERSION",
        help="not the LKGR's release; or BUILD",
    )
    parser.add_argument("--all", action="store_true", help="every release of every series")
    parser.add_argument("--list", action="store_true", help="show what is there, fetch nothing")
    parser.add_argument("--offline", action="store_true", help="never touch the network")
    parser.add_argument(
        "--verify", action="store_true", help="read everything, replace what is damaged"
    )
    mirror = parser.add_argument_group("a mirror")
    mirror.add_argument("--mirror", metavar="URL", help="its address")
    mirror.add_argument("--layout", choices=LAYOUTS, help="how its tree is laid out: muslfall")
    mirror.add_argument(
        "--tags",
        type=Path,
        metavar="FILE",
        help="emscripten-releases-tags.json, for --layout emscripten (default: the mirror's)",
    )
    mirror.add_argument(
        "--root",
        type=Path,
        metavar="FILE",
        help="its trusted root (default: $MUSLFALL_MIRROR_ROOT, toolchain/mirror-root.json)",
    )
    mirror.add_argument("--unsigned", action="store_true", help="take its word, without signatures")
    mirror.add_argument("--sha256", metavar="HEX", help="the sha256 that the archive must have")


def every_release() -> list[Release]:
    """All releases of all series that have a file for this machine."""
    everything = [r for name in COMPONENTS for r in pins.load_series(ROOT, name).releases]
    here = (current_platform(), "any")
    return [r for r in everything if any(file.platform in here for file in r.files)]


def table(releases: list[Release], build: Build, store: Store) -> list[str]:
    """The lines of --list: a release each, what of it is in the store, `*` where the build's."""
    lines = [f"  {'release':<20} {'file':<8} {'tree':<8} {'size':>9}  from"]
    for item in fetcher.status(releases, store):
        release = item.release
        mark = "*" if build.releases[release.component].version == release.version else " "
        there = [("there" if part else "missing") for part in (item.object, item.tree)]
        size = progress.megabytes(item.file.size)
        source = f"{release.registry} {release.requirement}"
        lines.append(f"{mark} {release.name:<20} {there[0]:<8} {there[1]:<8} {size:>9}  {source}")
        if item.object and (said := signature.check(release, store.object_path(item.file))):
            lines.append(f"  {'':<20} {said}")
    return lines


def run(args: argparse.Namespace) -> int:
    builds = [word for word in args.words if "=" not in word]
    options = (args.layout, args.unsigned, args.sha256, args.root, args.tags)
    if any(options) and not (args.mirror and builds):
        what = "--layout, --tags, --root, --unsigned and --sha256 are for a build of a mirror"
        raise UsageError(what, hint="--mirror URL BUILD")
    if args.mirror is not None and not re.match(r"https?://[^/]", args.mirror):
        raise UsageError("is no address of a mirror", args.mirror, "http://HOST/FOLDER")
    if args.mirror is not None and builds:
        if len(args.words) > 1:
            raise UsageError("one build at a time", " ".join(args.words))
        return adopt(args, builds[0])
    if args.mirror is not None:
        os.environ["MUSLFALL_MIRROR"] = args.mirror
    return fetch_pinned(args)


def fetch_pinned(args: argparse.Namespace) -> int:
    """Fetch the releases of a build, or show them."""
    build = variant.resolve(ROOT, variant.parse_assignments(args.words, COMPONENTS))
    store = Store()
    if args.list:
        print(f"the store is {store.root}; * is build {build.number}", end="")
        print(" (LKGR)" if not args.words else " with " + " ".join(args.words))
        print("\n".join(table(every_release() + mirrored_releases(), build, store)))
        return 0
    chosen = list(build.releases.values())
    releases = every_release() if args.all else chosen
    with progress.show() as shown:
        options = {"store": store, "offline": args.offline, "progress": shown}
        fetcher.ensure_all(releases, verify=args.verify, **options)
        trees = fetcher.ensure(chosen, **options)
    links = link(ROOT, trees)
    for component, release in trees.releases.items():
        print(f"{component:<10} {release.version:<8} {links[component].relative_to(ROOT)}")
    return 0


def mirrored_releases() -> list[Release]:
    """The toolchains that were fetched from mirrors, for this machine."""
    series = pins.load_series(ROOT, "llvm")
    return [record.release(series) for record in mirrored.every()]


def adopt(args: argparse.Namespace, ref: str) -> int:
    """Fetch a build's archive from a mirror, and say what it is."""
    from muslfall.mirror.reader import Mirror, signed, unsigned, with_tags

    layout = args.layout or Muslfall.name
    url = args.mirror.rstrip("/")
    if layout != Muslfall.name and not args.unsigned:
        what = f"a mirror of layout {layout} has no signatures"
        raise UsageError(what, url, "--unsigned, perhaps with --sha256, to take its word")
    if args.unsigned and args.root:
        raise UsageError("--root and --unsigned exclude each other")
    if args.sha256 and not re.fullmatch(r"[0-9a-f]{64}", args.sha256):
        raise UsageError("must be 64 lower-case hexadecimal digits", "--sha256")
    if args.offline:
        raise UsageError("--offline and a build of a mirror exclude each other")
    store = Store()
    with progress.show() as shown:
        read = unsigned(url) if args.unsigned else signed(url, store, args.root)
        read = with_tags(read, args.tags) if args.tags else read
        mirror = Mirror(url, layout, current_platform(), read, store, shown)
        record = mirror.adopt(ref, args.sha256 or "")
    release = record.release(pins.load_series(ROOT, "llvm"))
    print(f"{record.url}: LLVM {record.llvm}, sha256 {record.sha256}")
    print(f"  with what LLVM {release.facts['quirks-of']} needs; compiler-rt from ", end="")
    print("the archive" if record.builtins else "the LKGR's zig")
    print(f"./muslfall build llvm={record.version}")
    return 0
