"""The files of a published tree that are signed: all of the platforms' folders."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from tuf.api.metadata import TargetFile

from muslfall.base.errors import MuslfallError, raise_gathered
from muslfall.base.files import digest
from muslfall.pins.release import PLATFORMS


class SigningError(MuslfallError):
    """A tree cannot be signed."""


def is_moving(path: str) -> bool:
    """Whether a target may change: one that is not in the folder of a numbered build."""
    return not any(part.isdigit() for part in path.split("/")[:-1])


def find_files(tree: Path) -> list[str]:
    """The paths of all files that are signed, sorted. Raises SigningError: a strange name."""
    problems: list[MuslfallError] = []
    found = []
    for platform in PLATFORMS:
        for folder, folders, names in os.walk(tree / platform):
            folders[:] = [name for name in folders if not name.startswith(".")]
            found += [Path(folder, name) for name in names if not name.startswith(".")]
    paths = sorted(path.relative_to(tree).as_posix() for path in found)
    for path in paths:
        if not re.fullmatch(r"[A-Za-z0-9._+@/-]+", path):
            problems.append(SigningError("has a name that is no plain one", repr(path)))
    raise_gathered(problems, f"{tree} cannot be signed")
    return paths


def gone(path: str) -> SigningError:
    """The error for a file that is not the same any more a moment later."""
    hint = "the same command again, when no publish or gc is running"
    return SigningError("changed while it was signed", path, hint)


def scan(tree: Path, before: Mapping[str, TargetFile]) -> dict[str, TargetFile]:
    """Every signed file as it is now. Raises SigningError: a file of a build has changed."""
    targets = {}
    problems: list[MuslfallError] = []
    for path in find_files(tree):
        file = tree / path
        try:
            target = TargetFile(file.stat().st_size, {"sha256": digest(file)}, path)
        except FileNotFoundError:
            raise gone(path) from None
        old = before.get(path)
        if old is not None and old != target and not is_moving(path):
            what = f"has sha256 {target.hashes['sha256']}, signed {old.hashes['sha256']}"
            problems.append(SigningError(what, path))
        targets[path] = target
    hint = "publish the build again, or take it away; a numbered build never changes"
    raise_gathered(problems, f"{tree}: files of builds are not as they were signed", hint=hint)
    return targets
