"""Reproductions: the checkout, built again somewhere else, and compared byte for byte.

Run as `python -m muslfall.diff.twice NAME=VALUE... -- FLAG... TARGET...` in a clone, it builds
there; everything else runs in the checkout that is cloned.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from muslfall.base import guard
from muslfall.base.errors import MuslfallError, UsageError
from muslfall.fetch import store
from muslfall.pins import variant

#: Environment variables that a fetch needs, and that say nothing to a compiler.
PASSED = (
    "PATH",
    "MUSLFALL_MIRROR",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
)


@dataclass(frozen=True)
class Circumstances:
    """The circumstances in which two builds of the same differ, and which must not matter.

    folder: where, below the folder of the reproduction.
    tz, lc_all: the variables TZ and LC_ALL.
    umask: as umask(2) takes it.
    jobs: commands at the same time.
    backend: one of variant.BACKENDS.
    """

    folder: str
    tz: str
    lc_all: str
    umask: int
    jobs: int
    backend: str


def circumstances(cores: int | None = None) -> tuple[Circumstances, Circumstances]:
    """Two that differ in everything. cores: as many as this process may use by default."""
    cores = cores or len(os.sched_getaffinity(0))
    return (
        Circumstances("a", "UTC", "C", 0o022, cores, "ninja"),
        Circumstances(
            "another/place, with a longer name",
            "<-1130>11:30",
            "tr_TR.UTF-8",
            0o077,
            cores + 1,
            "scons",
        ),
    )


def clone(root: Path, folder: Path, umask: int = 0o022) -> int:
    """Clone the checkout `root` into `folder`, uncommitted changes included; returns how many
    files these are.

    Raises MuslfallError: git is missing, or `root` is no clone.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    git(root, "clone", "--local", "--quiet", ".", str(folder), umask=umask)
    changed = git(root, "diff", "--name-only", "-z", "HEAD").split("\0")
    changed += git(root, "ls-files", "-z", "--others", "--exclude-standard").split("\0")
    names = sorted(filter(None, changed))
    for name in names:
        overlay(root / name, folder / name)
    return len(names)


def clones(root: Path, top: Path, places: Iterable[Circumstances]) -> int:
    """Clone `root` for each of `places`, below `top`; returns how many files are uncommitted.

    Each is a clone of the one before, so that an edit meanwhile is in all of them or in none.
    """
    counts = []
    for place in places:
        counts.append(clone(root, top / place.folder, place.umask))
        root = top / place.folder
    return counts[0]


def twin(root: Path, folder: Path, out: str) -> None:
    """A clone of `root` with what is built in its folder `out`: nothing is left to do in it.

    For trying out an edit: files keep their times, and the clone runs in the Python of `root`.
    """
    clone(root, folder)
    but = shutil.ignore_patterns("zig-cache", ".ninja_lock")
    shutil.copytree(root / out, folder / out, symlinks=True, ignore=but)
    shutil.copytree(root / "out/pinned", folder / "out/pinned", symlinks=True)
    (folder / ".venv").symlink_to(root / ".venv")
    for path in sorted(folder.glob("**/*"), reverse=True):
        original = root / path.relative_to(folder)
        if original.exists() and not path.is_symlink():
            shutil.copystat(original, path)


def git(root: Path, *arguments: str, umask: int = -1) -> str:
    """The output of a git command, run in `root`. Raises MuslfallError: it failed."""
    argv = ["git", *arguments]
    try:
        done = subprocess.run(
            argv, cwd=root, umask=umask, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise MuslfallError("is not installed; it makes the clones", "git") from None
    if done.returncode != 0:
        said = done.stderr.strip() or f"exit status {done.returncode}"
        raise MuslfallError(said, f"git {arguments[0]} in {root}")
    return done.stdout


def overlay(source: Path, target: Path) -> None:
    """Make `target` what `source` is: changed, new, or gone."""
    target.unlink(missing_ok=True)
    if os.path.lexists(source):
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target, follow_symlinks=False)


def environment(place: Circumstances, home: Path) -> dict[str, str]:
    """The whole environment of a build in these circumstances."""
    home.mkdir(parents=True, exist_ok=True)
    env = {name: os.environ[name] for name in PASSED if name in os.environ}
    env |= {"TZ": place.tz, "LC_ALL": place.lc_all, "HOME": str(home), "PYTHONUTF8": "1"}
    # The clone's package, in this checkout's Python; and one store for all.
    return env | {"PYTHONPATH": "src", "MUSLFALL_STORE": str(store.default_path())}


def command(place: Circumstances, assignments: Sequence[str], targets: Sequence[str]) -> list[str]:
    """The command that builds in a clone."""
    argv = [sys.executable, "-m", "muslfall.diff.twice", *assignments]
    return [*argv, f"backend={place.backend}", "--", f"-j{place.jobs}", *targets]


def build(
    top: Path,
    place: Circumstances,
    assignments: Sequence[str] = (),
    targets: Sequence[str] = (),
) -> Path:
    """Build in the clone below `top` that is for `place`; returns the folder of its libc.

    assignments: NAME=VALUE, without backend. targets: none means all.
    Raises MuslfallError: it cannot be built.
    """
    folder = top / place.folder
    argv = command(place, assignments, targets)
    env = environment(place, top / "home" / place.backend)
    if subprocess.call(argv, cwd=folder, env=env, umask=place.umask) != 0:
        raise MuslfallError("the build failed; what failed is above", folder)
    return folder / variant.choose(folder, variant.parse_assignments(assignments)).libc_out


def main(argv: list[str]) -> int:
    """Build in the current folder, a clone: NAME=VALUE... -- FLAG... TARGET..."""
    from muslfall.build import run as building

    if "--" not in argv:
        words = "NAME=VALUE... -- FLAG... TARGET..."
        raise UsageError(f"usage: python -m muslfall.diff.twice {words}")
    end = argv.index("--")
    chosen = variant.choose(Path(), variant.parse_assignments(argv[:end]))
    flags = [word for word in argv[end + 1 :] if word.startswith("-")]
    targets = [word for word in argv[end + 1 :] if not word.startswith("-")]
    with building.lock(chosen):
        return 0 if building.build(chosen, flags, targets) else 1


if __name__ == "__main__":
    guard.end(main)
