"""Reproductions: the checkout, built again somewhere else, and compared byte for byte.

Run as `python -m muslfall.diff.twice NAME=VALUE... -- FLAG... TARGET...` in a clone, it builds
there; everything else runs in the checkout that is cloned.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from muslfall.base.errors import MuslfallError
from muslfall.fetch import store
from muslfall.pins import variant

#: What is in a variant's folder and is no artifact: logs, what the graph is described by, what
#: a program did on a host, the linker's and the compiler's own notes, and zig's cache.
NOT_FOLDERS = ("zig-cache", "run")
NOT_FILES = ("build.ninja", "compile_commands.json", "report.json")
NOT_SUFFIXES = (".d", ".lock", ".tmp", ".dblite")
#: Bytes compared at a time.
CHUNK = 1 << 20
#: Environment variables that a fetch needs, and that say nothing to a compiler.
PASSED = ("PATH", "MUSLFALL_MIRROR", "http_proxy", "https_proxy", "no_proxy",
          "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")


@dataclass(frozen=True)
class Circumstances:
    """What differs between two builds of the same, and must not matter.

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


@dataclass(frozen=True)
class Difference:
    """A file that is not the same in two builds.

    offset: of the first byte that differs; None when only one of the builds has the file.
    only_in: the folder that has it, or None when both have it.
    """

    path: str
    offset: int | None
    only_in: Path | None = None

    def __str__(self) -> str:
        if self.only_in is not None:
            return f"{self.path}: only in {self.only_in}"
        return f"{self.path}: differs from byte {self.offset}"


def circumstances(cores: int | None = None) -> tuple[Circumstances, Circumstances]:
    """Two that differ in everything. cores: as many as this process may use by default."""
    cores = cores or len(os.sched_getaffinity(0))
    return (
        Circumstances("a", "UTC", "C", 0o022, cores, "ninja"),
        Circumstances(
            "another/place, with a longer name", "<-1130>11:30", "tr_TR.UTF-8", 0o077,
            cores + 1, "scons",
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
    """What a git command says, run in `root`. Raises MuslfallError: it failed."""
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
    """Build in the clone below `top` that is for `place`; returns the variant's folder.

    assignments: NAME=VALUE, without backend. targets: none means all.
    Raises MuslfallError: it cannot be built.
    """
    folder = top / place.folder
    argv = command(place, assignments, targets)
    env = environment(place, top / "home" / place.backend)
    if subprocess.call(argv, cwd=folder, env=env, umask=place.umask) != 0:
        raise MuslfallError("the build failed; what failed is above", folder)
    return folder / variant.choose(folder, variant.parse_assignments(assignments)).out


def artifacts(out: Path) -> dict[str, Path]:
    """Every artifact in a variant's folder, by its path in there, sorted."""
    found = {}
    for folder, folders, files in os.walk(out):
        if Path(folder) == out:
            folders[:] = [name for name in folders if name not in NOT_FOLDERS]
        for name in filter(is_artifact, files):
            path = Path(folder, name)
            found[path.relative_to(out).as_posix()] = path
    return dict(sorted(found.items()))


def is_artifact(name: str) -> bool:
    """Whether a file of this name, outside of NOT_FOLDERS, is made to be used."""
    return not (name.startswith(".") or name in NOT_FILES or name.endswith(NOT_SUFFIXES))


def compare(first: Path, second: Path) -> tuple[dict[str, str], list[Difference]]:
    """The sha256 of each artifact in the folder `first`, and what is different in `second`."""
    mine, theirs = artifacts(first), artifacts(second)
    differences = []
    for path in sorted(mine.keys() | theirs.keys()):
        if path not in mine or path not in theirs:
            differences.append(Difference(path, None, first if path in mine else second))
        elif (offset := first_difference(mine[path], theirs[path])) is not None:
            differences.append(Difference(path, offset))
    return {path: sha256(file) for path, file in mine.items()}, differences


def first_difference(first: Path, second: Path) -> int | None:
    """The offset of the first byte that differs, or of the shorter one's end; None: the same."""
    offset = 0
    with open(first, "rb") as mine, open(second, "rb") as theirs:
        while True:
            left, right = mine.read(CHUNK), theirs.read(CHUNK)
            if left != right:
                same = (i for i, (a, b) in enumerate(zip(left, right, strict=False)) if a != b)
                return offset + next(same, min(len(left), len(right)))
            if not left:
                return None
            offset += len(left)


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def kind(path: str) -> str:
    """The row of the table that an artifact is counted in; a module has a row of its own."""
    if path.startswith("obj/"):
        suffixes = {".o": "objects", ".s": "assembly", ".h": "generated headers"}
        return suffixes.get(Path(path).suffix, path)
    folders = {"sysroot/include/": "headers", "bin/": "commands in bin"}
    return next((row for folder, row in folders.items() if path.startswith(folder)), path)


def table(digests: Mapping[str, str], differences: Iterable[Difference]) -> list[str]:
    """A line per kind: how many files, how many the same; a digest where it is one file."""
    differing = {difference.path for difference in differences}
    rows: dict[str, list[str]] = {}
    for path in sorted(digests.keys() | differing, key=lambda path: (kind(path) == path, path)):
        rows.setdefault(kind(path), []).append(path)
    width = max(map(len, rows), default=0)
    lines = [f"{'':<{width}}  files   same  sha256"]
    for row, paths in rows.items():
        same = sum(path not in differing for path in paths)
        shown = digests.get(paths[0], "") if len(paths) == 1 else ""
        lines.append(f"{row:<{width}}  {len(paths):>5}  {same:>5}  {shown}".rstrip())
    return lines


def main(argv: list[str]) -> int:
    """Build in the current folder, a clone: NAME=VALUE... -- FLAG... TARGET..."""
    from muslfall.build import run as building

    end = argv.index("--")
    chosen = variant.choose(Path(), variant.parse_assignments(argv[:end]))
    flags = [word for word in argv[end + 1 :] if word.startswith("-")]
    targets = [word for word in argv[end + 1 :] if not word.startswith("-")]
    with building.lock(chosen):
        return 0 if building.build(chosen, flags, targets) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
