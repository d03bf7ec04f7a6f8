"""The wheels of requirements.lock on a mirror, for front doors where no package index is."""

from __future__ import annotations

import html
import subprocess
import sys
from pathlib import Path

from muslfall.base.errors import MuslfallError
from muslfall.base.files import digest
from muslfall.base.printable import last_line
from muslfall.publish.tree import Tree

#: Their folder, whose index.html `pip --find-links` reads; bootstrap.py knows it, too.
FOLDER = "wheels"


def publish(tree: Tree, lock: Path) -> list[str]:
    """Have every wheel of a lock, for this Python on this platform; returns the names of all.

    Wheels that another Python's publishing left stay. Raises MuslfallError: pip cannot have one.
    """
    with tree.locked() as work:
        fetched = work / FOLDER
        download(lock, fetched)
        folder = tree.root / FOLDER
        for path in sorted(fetched.iterdir()):
            tree.write(folder / path.name, path.read_bytes(), work)
        names = sorted(path.name for path in folder.glob("*.whl"))
        links = "".join(link(folder / name) for name in names)
        tree.write(folder / "index.html", f"<!DOCTYPE html>\n{links}".encode(), work)
    return names


def download(lock: Path, folder: Path) -> None:
    """Have pip put the wheels into a folder; the lock has their sha256. Raises MuslfallError."""
    argv = [sys.executable, "-I", "-m", "pip", "download", "--require-hashes", "--no-deps"]
    argv += ["--only-binary=:all:", "--disable-pip-version-check", "--no-input", "--quiet"]
    argv += ["--requirement", str(lock), "--dest", str(folder)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        what = f"pip cannot fetch the wheels: {last_line(done.stderr) or 'it says nothing'}"
        raise MuslfallError(what, lock)


def link(path: Path) -> str:
    name = html.escape(path.name)
    return f'<a href="{name}#sha256={digest(path)}">{name}</a><br>\n'
