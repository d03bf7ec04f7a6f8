"""Manifests: per file of musl, whether one toolchain can build it, and if not, why.

A build writes one for its variant; `muslfall manifest` commits it; `muslfall check` compares
the two. Reading, writing and comparing are here, and touch no compiler.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from muslfall.base import guard
from muslfall.base.errors import MuslfallError
from muslfall.base.files import read_text, write_if_changed
from muslfall.base.tables import parse_toml, quoted
from muslfall.libc import portable, rejection

#: Stages at which a file can be excluded: two of the toolchain's, and the port's own choice.
STAGES = ("compile", "assemble", "port")
#: What every wasm object begins with.
MAGIC = b"\0asm"


@dataclass(frozen=True)
class Exclusion:
    """Why a file is not in musl.wasm.

    stage: one of STAGES.
    reason: error, backend or crash (see rejection), or left-out.
    diagnostic: the first thing that the tool said, or why the port leaves the file out.
    """

    stage: str
    reason: str
    diagnostic: str


@dataclass(frozen=True)
class Manifest:
    """The manifest of one toolchain and one musl.

    toolchain: what it was made with: component to version, and opt.
    included: keys of the files in musl.wasm, sorted (see portable.Sources for keys).
    replaced: keys of musl's files whose twin in the port stands for them.
    excluded: key to Exclusion.
    """

    toolchain: Mapping[str, str]
    included: tuple[str, ...]
    replaced: tuple[str, ...]
    excluded: Mapping[str, Exclusion]

    def rejected(self) -> dict[str, Exclusion]:
        """The exclusions that are the toolchain's, not the port's."""
        return {key: why for key, why in self.excluded.items() if why.stage != "port"}


def dump(manifest: Manifest) -> str:
    """The manifest as TOML, sorted; the same manifest gives the same text."""
    names = " ".join(f"{name} {version}" for name, version in manifest.toolchain.items())
    lines = [f"# What {names} makes of each file. Written by ./muslfall manifest.", ""]
    lines += ["[toolchain]"]
    lines += [f"{name} = {quoted(value)}" for name, value in manifest.toolchain.items()]
    lines += ["", "[files]", *array("included", manifest.included)]
    lines += array("replaced", manifest.replaced)
    for key, why in sorted(manifest.excluded.items()):
        lines += ["", "[[excluded]]", f"file = {quoted(key)}"]
        lines += [f"{name} = {quoted(value)}" for name, value in vars(why).items()]
    return "\n".join(lines) + "\n"


def array(name: str, items: tuple[str, ...]) -> list[str]:
    """The lines of a TOML array of strings, one item a line."""
    return [f"{name} = [", *(f"  {quoted(item)}," for item in items), "]"]


def load(path: Path) -> Manifest:
    """Read a manifest. Raises MuslfallError: missing or malformed, saying where."""
    try:
        return parse(parse_toml(read_text(path, path), path))
    except FileNotFoundError:
        raise MuslfallError("no such manifest", path, "./muslfall manifest writes it") from None
    except (KeyError, TypeError, ValueError) as error:
        raise MuslfallError(f"is malformed: {error!r}", path) from None


def parse(table: Mapping) -> Manifest:
    """The manifest in a TOML table. Raises KeyError, TypeError or ValueError: it is none."""
    excluded = {
        entry["file"]: Exclusion(entry["stage"], entry["reason"], entry["diagnostic"])
        for entry in table.get("excluded", [])
    }
    for key, why in excluded.items():
        if why.stage not in STAGES:
            raise ValueError(f"{key}: no such stage {why.stage!r}")
    files = table["files"]
    return Manifest(
        toolchain=dict(table["toolchain"]),
        included=tuple(files["included"]),
        replaced=tuple(files["replaced"]),
        excluded=excluded,
    )


def compare(committed: Manifest, built: Manifest) -> list[str]:
    """The differences, one line each, sorted by file; empty when there are none.

    A new failure and an unexpected success are both differences, and so is a failure that
    moved to another stage, or that has another reason.
    """
    lines = []
    for key in sorted(keys(committed) | keys(built)):
        before, after = state(committed, key), state(built, key)
        if before != after:
            lines.append(f"{key}: was {before}, is {after}{said(built, key)}")
    if dict(committed.toolchain) != dict(built.toolchain):
        lines.append(f"toolchain: was {committed.toolchain}, is {built.toolchain}")
    return lines


def keys(manifest: Manifest) -> set[str]:
    """The files of musl that a manifest speaks of, built or not."""
    return {*manifest.included, *manifest.replaced, *manifest.excluded}


def state(manifest: Manifest, key: str) -> str:
    """A manifest's entry for one file, without the diagnostic."""
    if key in manifest.excluded:
        why = manifest.excluded[key]
        return f"excluded ({why.stage}: {why.reason})"
    if key in manifest.included:
        return "included"
    return "replaced" if key in manifest.replaced else "not there"


def said(manifest: Manifest, key: str) -> str:
    """The compiler's diagnostic for an excluded file, behind a colon; else an empty text."""
    why = manifest.excluded.get(key)
    return f": {why.diagnostic}" if why else ""


def from_objects(
    toolchain: Mapping[str, str], sources: portable.Sources, objects: Mapping[str, Path]
) -> Manifest:
    """The manifest of what stands in `objects` (key to path): objects, or rejections' records.

    Raises MuslfallError for an object that is missing or is neither.
    """
    excluded = {
        key: Exclusion("port", "left-out", reason) for key, reason in sources.left_out.items()
    }
    included = []
    for key, path in objects.items():
        why = rejected(path)
        if why is None:
            included.append(key)
        else:
            excluded[key] = Exclusion(why.stage, why.reason, why.diagnostic)
    return Manifest(toolchain, tuple(sorted(included)), sources.replaced, excluded)


def rejected(path: Path) -> rejection.Rejection | None:
    """The rejection in the place of an object, or None when it is one. Raises MuslfallError."""
    try:
        why = rejection.read(path)
        with open(path, "rb") as file:
            if why is None and file.read(len(MAGIC)) != MAGIC:
                raise MuslfallError("is neither an object nor the record of a rejection", path)
    except FileNotFoundError:
        raise MuslfallError("there is no such object", path) from None
    return why


def read_objects(path: Path) -> dict[str, Path]:
    """Key to path, from a file with a line `KEY PATH` for each object.

    Raises MuslfallError: a line is another; OSError: the file cannot be read.
    """
    found = {}
    for number, line in enumerate(read_text(path).splitlines(), 1):
        key, _, place = line.partition(" ")
        if not key or not place:
            raise MuslfallError(f"is no `KEY PATH`: {line!r}", f"{path}: line {number}")
        found[key] = Path(place)
    return found


def pair(text: str) -> tuple[str, str]:
    """NAME and VALUE of a word. Raises ArgumentTypeError: it has no `=`."""
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is no NAME=VALUE")
    return name, value


def main(argv: list[str]) -> int:
    """The build's manifest stage: writes the manifest and the list of objects to link.

    The file OBJECTS has a line `KEY PATH` for each object.
    """
    parser = argparse.ArgumentParser(prog="muslfall.libc.manifest")
    parser.add_argument("--musl", type=Path, required=True, help="musl's unpacked tree")
    parser.add_argument("--objects", type=Path, required=True)
    parser.add_argument("--toolchain", action="append", type=pair, default=[], metavar="NAME=VALUE")
    parser.add_argument("manifest", type=Path)
    parser.add_argument("link_list", type=Path)
    args = parser.parse_args(argv)
    objects = read_objects(args.objects)
    if not (args.musl / "src").is_dir():
        raise MuslfallError("is no unpacked musl: it has no folder src", args.musl)
    toolchain = dict(args.toolchain)
    made = from_objects(toolchain, portable.find(args.musl, Path()), objects)
    write_if_changed(args.manifest, dump(made))
    write_if_changed(args.link_list, "".join(f"{objects[key]}\n" for key in made.included))
    return 0


if __name__ == "__main__":
    guard.end(main)
