"""The origin of a build's files: this checkout, or a clone of it at the recorded revision."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from muslfall import ROOT
from muslfall.base.errors import MuslfallError
from muslfall.base.files import digest
from muslfall.build import report
from muslfall.build import run as building
from muslfall.diff import twice
from muslfall.pins.variant import NAMED, Variant
from muslfall.waterfall import record, revision
from muslfall.waterfall.record import Record


def built(one: Record, libc: Variant, work: Path, jobs: int, note: Callable[[str], None]) -> Path:
    """The folder of the variant `libc`, built, with the files of the build as it was recorded.

    The checkout is the current folder; a clone is made in `work`. Raises MuslfallError: neither
    makes what was recorded.
    """
    here = Path(libc.out)
    if not differences(one, here):
        return here
    recorded = one.repositories[record.SELF].hash or ""
    if recorded == revision.own(Path()).hash or not is_known(recorded):
        with building.lock(libc):
            if not building.build(libc, [f"-j{jobs}"]):
                raise MuslfallError("the build failed; what failed is above", libc.name)
        return checked(one, here, "this checkout")
    note(f"build {one.build}: this checkout makes another one; building it at {recorded[:12]}")
    clone = work / "checkout"
    make_clone(clone, recorded)
    build_clone(clone, libc, jobs)
    return checked(one, clone / libc.out, f"a clone at {recorded}")


def is_known(hash: str) -> bool:
    """Whether git has a commit of this name here; one that ends with -dirty is none."""
    return bool(hash) and bool(revision.git(Path(), "cat-file", "-t", hash))


def make_clone(folder: Path, commit: str) -> None:
    """A clone of the checkout at a commit, which runs in this one's Python."""
    twice.git(Path(), "clone", "--local", "--quiet", ".", str(folder))
    twice.git(folder, "checkout", "--quiet", commit)
    (folder / ".venv").symlink_to(ROOT / ".venv")


def build_clone(folder: Path, libc: Variant, jobs: int) -> None:
    """Build in a clone, by its own front door. `checked` judges the outcome: a program that does
    not run as it should is part of a red build, too."""
    words = [f"{name}={libc.release(name).version}" for name in NAMED]
    argv = [sys.executable, "-m", "muslfall", "build", f"-j{jobs}", *words]
    env = os.environ | {"PYTHONPATH": "src"}
    subprocess.run(argv, cwd=folder, env=env, stdout=subprocess.DEVNULL, check=False)


def checked(one: Record, out: Path, who: str) -> Path:
    """The folder, when it has what was recorded. Raises MuslfallError with all that differs."""
    problems = differences(one, out)
    if problems:
        hint = f"./muslfall waterfall build {one.build} --again, which gives a new number"
        what = f"build {one.build} is not what {who} makes"
        raise MuslfallError(what, hint=hint, problems=problems)
    return out


def differences(one: Record, out: Path) -> list[MuslfallError]:
    """The files of a variant's folder that are not as they were recorded."""
    problems = []
    for name, artifact in one.artifacts.items():
        found = artifact_digest(out, name)
        if found is None:
            problems.append(MuslfallError("is missing", out / name))
        elif found != artifact.sha256:
            what = f"has sha256 {found}, and was recorded with {artifact.sha256}"
            problems.append(MuslfallError(what, out / name))
    return problems


def artifact_digest(out: Path, name: str) -> str | None:
    """The digest of an artifact as a record has it; None: it is not there."""
    path = out / name
    if name == "objects":
        return objects_digest(out)
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.is_file())
        return report.set_digest({file.relative_to(out).as_posix(): file for file in files})
    return digest(path) if path.is_file() else None


def objects_digest(out: Path) -> str | None:
    """The digest of all objects, whose list has paths from the checkout that `out` is in."""
    listed = out / "obj/objects.list"
    if not listed.is_file():
        return None
    lines = [line.split(" ") for line in listed.read_text(encoding="utf-8").splitlines()]
    files = {key: out.parents[1] / path for key, path in lines}
    return report.set_digest(files) if all(path.is_file() for path in files.values()) else None
