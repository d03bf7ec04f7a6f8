"""Take over the manifest that a build made as the one to commit, in manifests/.

The command builds the manifest first, prints what changes, and writes the file. It commits nothing:
review the file and commit it yourself.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from muslfall.base.files import write_if_changed
from muslfall.commands.check import built_manifest
from muslfall.libc import manifest

EXAMPLE = "./muslfall manifest llvm=18.1.6"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("assignments", nargs="*", metavar="NAME=VALUE", help="as for build")


def run(args: argparse.Namespace) -> int:
    chosen, built = built_manifest(args.assignments)
    path = Path(chosen.manifest)
    differences = manifest.compare(manifest.load(path), built) if path.exists() else ["is new"]
    for line in differences:
        print(line)
    path.parent.mkdir(exist_ok=True)
    write_if_changed(path, manifest.dump(built))
    rejected = len(built.rejected())
    print(f"{path}: {len(built.included)} files included, {rejected} rejected")
    return 0
