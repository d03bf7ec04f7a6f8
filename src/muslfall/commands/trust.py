"""Sign a mirror, look after its keys, and ask a mirror for what is signed.

DIR is a tree that any web server may serve. Its metadata, by The Update Framework (TUF), says which
files there are, so that a mirror can refuse files, but cannot alter, mix, roll back or freeze them.
toolchain/TRUST.md tells an operator what to do when, and where to keep which key.
MUSLFALL_KEY_PASSWORD encrypts the keys that are made, and opens them.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from muslfall.base.errors import MuslfallError, UsageError
from muslfall.base.printable import printable

EXAMPLE = "./muslfall trust init out/mirror --keys out/mirror-keys"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    commands = parser.add_subparsers(dest="action", required=True, metavar="ACTION")

    def action(name: str, run: Callable, text: str, example: str) -> argparse.ArgumentParser:
        found = commands.add_parser(
            name,
            help=text,
            description=text[0].upper() + text[1:] + ".",
            epilog=f"example:\n  ./muslfall trust {name} {example}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        found.set_defaults(act=run)
        return found

    def signing(found: argparse.ArgumentParser) -> argparse.ArgumentParser:
        found.add_argument("tree", type=Path, metavar="DIR", help="the tree that is published")
        found.add_argument(
            "--keys",
            type=Path,
            action="append",
            required=True,
            metavar="FOLDER",
            help="a folder with keys; may be given several times, new keys go into the first",
        )
        return found

    found = signing(action("init", init, "make the keys and the root of a new mirror", TREE))
    found.add_argument("--root-keys", type=int, default=3, metavar="N", help="default: 3")
    found.add_argument(
        "--threshold", type=int, default=2, metavar="N", help="how many of them sign (default: 2)"
    )
    signing(action("sign", sign, "sign the tree as it is now; do so after each change of it", TREE))
    signing(
        action("refresh", refresh, "renew the timestamp, and the signatures that expire soon", TREE)
    )
    text = "replace keys by new ones: root1, targets, …"
    found = signing(action("rotate", rotate, text, f"{TREE} timestamp"))
    found.add_argument(
        "names", nargs="+", metavar="NAME", help="a key's name, as trust status prints it"
    )
    signing(action("renew", renew, "make a new root with the same keys, which expires later", TREE))
    text = "add signatures of root keys to the root that rotate left waiting"
    signing(action("approve", approve, text, TREE))
    found = action("status", status, "show keys, versions and days left", "out/mirror --days 2")
    found.add_argument("tree", type=Path, metavar="DIR")
    found.add_argument(
        "--days", type=float, default=0, metavar="N", help="fail if fewer than N days are left"
    )
    add_client(action)


TREE = "out/mirror --keys out/mirror-keys"


def add_client(action: Callable) -> None:
    """The actions of those who read a mirror."""

    def reading(found: argparse.ArgumentParser, where: str = "URL") -> argparse.ArgumentParser:
        found.add_argument("url", metavar=where)
        found.add_argument(
            "--root",
            type=Path,
            metavar="FILE",
            help="the trusted root (default: $MUSLFALL_MIRROR_ROOT, toolchain/mirror-root.json)",
        )
        return found

    address = "http://127.0.0.1:8000"
    root = "--root out/mirror/metadata/1.root.json"
    text = "list what a mirror signs, by its address or in its folder"
    reading(action("list", list_files, text, f"{address} {root}"), "URL|DIR")
    text = "bring files of a mirror into the store, verified, and print where they are"
    found = reading(action("get", get, text, f"{address} {root} linux-x86_64/lkgr.json"))
    found.add_argument("paths", nargs="+", metavar="PATH")


def run(args: argparse.Namespace) -> int:
    return args.act(args) or 0


def init(args: argparse.Namespace) -> None:
    from muslfall.publish.repository import Repository

    names = Repository(args.tree).create(args.keys[0], args.root_keys, args.threshold)
    print(f"{args.keys[0]}: {', '.join(names)}")
    print(f"{args.tree}/metadata/1.root.json: signed; clients start from it")
    print(f"now: keep each root key somewhere else; {args.threshold} of them make a new root")


def ring(args: argparse.Namespace):
    from muslfall.publish.keys import Ring

    return Ring(args.keys)


def show(versions: dict[str, int], tree: Path) -> None:
    print(f"{tree}: " + ", ".join(f"{role} {version}" for role, version in versions.items()))


def sign(args: argparse.Namespace) -> None:
    from muslfall.publish.repository import Repository

    show(Repository(args.tree).sign(ring(args)), args.tree)


def refresh(args: argparse.Namespace) -> None:
    from muslfall.publish.repository import Repository

    show(Repository(args.tree).refresh(ring(args)), args.tree)


def rotate(args: argparse.Namespace) -> None:
    from muslfall.publish.repository import Repository

    if len(set(args.names)) != len(args.names):
        raise UsageError("is there twice", " ".join(args.names))
    print("\n".join(Repository(args.tree).rotate(ring(args), args.names)))


def renew(args: argparse.Namespace) -> None:
    from muslfall.publish.repository import Repository

    print("\n".join(Repository(args.tree).rotate(ring(args), [])))


def approve(args: argparse.Namespace) -> None:
    from muslfall.publish.repository import Repository

    print("\n".join(Repository(args.tree).approve(ring(args))))


def status(args: argparse.Namespace) -> int:
    """Print the roles; 1 when one has fewer days left than it should."""
    from muslfall.publish.keys import name_of
    from muslfall.publish.repository import Repository

    repository = Repository(args.tree)
    root = repository.root().signed
    left = repository.days_left()
    for role, (version, days) in left.items():
        of = root.roles[role]
        names = ", ".join(f"{name_of(root.keys[i])} {i[:8]}" for i in sorted(of.keyids))
        when = f"{days:.1f} days left" if days > 0 else "EXPIRED"
        print(f"{role:<10} version {version:<5} {when:<16} {of.threshold} of: {names}")
    if repository.draft():
        print(f"root version {root.version + 1} waits for signatures: ./muslfall trust approve")
    late = [role for role, (_, days) in left.items() if days <= args.days]
    if late:
        hint = "./muslfall trust refresh, or rotate for the root (toolchain/TRUST.md)"
        raise MuslfallError(f"runs out: {', '.join(late)}", args.tree, hint)
    return 0


def list_tree(tree: Path) -> None:
    """Print what a tree in a folder signs, as `list_files` does of one behind an address."""
    from muslfall.publish.repository import Repository

    for path, target in sorted(Repository(tree).signed().items()):
        print(f"{target.hashes['sha256']}  {target.length:>11}  {printable(path)}")


def list_files(args: argparse.Namespace) -> None:
    from muslfall.mirror import trust

    if "://" not in args.url:
        if args.root:
            raise UsageError("is for an address; a folder has its own root", "--root")
        return list_tree(Path(args.url))
    client = trust.Client(args.url, root=args.root)
    for path in client.paths():
        file = client.file(path)
        print(f"{file.sha256}  {file.size:>11}  {printable(path)}")


def get(args: argparse.Namespace) -> None:
    from muslfall.base import progress
    from muslfall.mirror import trust

    client = trust.Client(args.url, root=args.root)
    with progress.show() as shown:
        for path in args.paths:
            shown.start(path, path, client.file(path).size)
            found = client.target(path, advance=lambda done, key=path: shown.advance(key, done))
            shown.finish(path)
            print(found)
