"""Compare the manifest that a build made with the committed one.

A file that a toolchain no longer builds is a difference, and so is a file that it builds although
the committed manifest says that it cannot. The command builds the manifest first. The exit code is
1 when anything differs; ./muslfall manifest takes the differences over. It also names known
vulnerabilities of the releases (toolchain/advisories.toml); they change no exit code.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from muslfall import ROOT
from muslfall.base.errors import MuslfallError
from muslfall.libc import manifest
from muslfall.pins import advisories, variant

EXAMPLE = "./muslfall check llvm=18.1.6"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("assignments", nargs="*", metavar="NAME=VALUE", help="as for build")


def built_manifest(assignments: list[str]) -> tuple[variant.Variant, manifest.Manifest]:
    """Build a variant's manifest, and read it. Raises MuslfallError: the build failed."""
    from muslfall.build import run as building

    os.chdir(ROOT)
    chosen = variant.choose(Path(), variant.parse_assignments(assignments))
    with building.lock(chosen):
        if not building.build(chosen, [], ["manifest"]):
            raise MuslfallError("the build failed; what failed is above", chosen.name)
    return chosen, manifest.load(Path(chosen.out, "manifest.toml"))


def run(args: argparse.Namespace) -> int:
    chosen, built = built_manifest(args.assignments)
    differences = manifest.compare(manifest.load(Path(chosen.manifest)), built)
    for line in differences:
        print(line, file=sys.stderr)
    if differences:
        raise MuslfallError(
            f"{len(differences)} differences from what is committed",
            chosen.manifest,
            f"./muslfall manifest {' '.join(args.assignments)}".rstrip() + ", if they are right",
        )
    rejected = len(built.rejected())
    for line in advisories.of(chosen.build.releases.values(), ROOT):
        print(f"known vulnerability: {line}")
    print(f"{chosen.manifest}: as committed ({len(built.included)} files, {rejected} rejected)")
    return 0
