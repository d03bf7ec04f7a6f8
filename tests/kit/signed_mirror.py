"""A signed mirror on 127.0.0.1 and a reader of it, for the tests of trust."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from kit.mirror import Mirror

from muslfall import cli
from muslfall.publish.keys import Ring
from muslfall.publish.repository import Repository

PLATFORM = "linux-x86_64"
LKGR = f"{PLATFORM}/lkgr.json"
ARCHIVE = f"{PLATFORM}/1/wasm-binaries.tar.xz"


def add_build(tree: Path, number: int) -> None:
    """A build as a mirror has it: a record, an archive, and what moves on to it."""
    folder = tree / PLATFORM / str(number)
    folder.mkdir(parents=True)
    (folder / "build.json").write_text(f'{{"build": {number}}}\n')
    # All archives are of one length, so that only their content tells them apart.
    (folder / "wasm-binaries.tar.xz").write_bytes(bytes([number]) * 200_000)
    for name in ("lkgr.json", "latest.json"):
        (tree / PLATFORM / name).write_text(f'{{"build": {number}}}\n')


def snapshot(folder: Path) -> dict[str, bytes]:
    """All files of a folder as a mirror serves them."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {f"/{path.relative_to(folder).as_posix()}": path.read_bytes() for path in files}


@dataclass
class World:
    """A tree of build 1 with its keys, the mirror that serves it, and a reader's store."""

    tree: Path
    keys: Path
    root: Path
    store: Path
    mirror: Mirror
    capture: object

    @classmethod
    def make(cls, folder: Path, mirror: Mirror, capture: object) -> World:
        tree, keys = folder / "tree", folder / "keys"
        add_build(tree, 1)
        Repository(tree).create(keys, 3, 2)
        root = folder / "root.json"
        root.write_bytes((tree / "metadata/1.root.json").read_bytes())
        world = cls(tree, keys, root, folder / "store", mirror, capture)
        world.sign()
        return world

    @property
    def repository(self) -> Repository:
        return Repository(self.tree)

    @property
    def ring(self) -> Ring:
        return Ring([self.keys])

    def signer(self, role: str):
        """One key that signs a role."""
        return self.ring.of(self.repository.root().signed.roles[role].keyids)[0]

    def sign(self, **options) -> None:
        """Sign the tree and let the mirror serve it."""
        Repository(self.tree, **options).sign(self.ring)
        self.publish()

    def publish(self) -> None:
        self.mirror.files = snapshot(self.tree)
        self.mirror.faults.clear()

    def get(self, path: str = LKGR, root: Path | None = None) -> tuple[int, str, str]:
        """Run `muslfall trust get`; returns exit code, stdout, stderr."""
        argv = ["trust", "get", self.mirror.url, path, "--root", str(root or self.root)]
        code = cli.main(argv)
        out, err = self.capture.readouterr()
        return code, out.strip(), err

    def content(self, path: str = LKGR) -> bytes:
        """What a reader gets."""
        code, out, err = self.get(path)
        assert code == 0, err
        return Path(out).read_bytes()

    def refused(self, path: str = LKGR, root: Path | None = None) -> str:
        """The one error that a reader gets instead, after which nothing wrong is in the store."""
        before = self.objects()
        code, out, err = self.get(path, root)
        assert (code, out) == (1, "")
        lines = [line for line in err.splitlines() if not line.startswith(f"muslfall: {path} (")]
        assert lines[0].startswith("muslfall: error: ") and len(lines) <= 2, err
        assert all(line.startswith("  try: ") for line in lines[1:]), err
        assert self.objects() == before
        for name, data in before.items():
            assert hashlib.sha256(data).hexdigest() == name
        assert not list(self.store.glob("tmp/*"))
        return lines[0]

    def objects(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in sorted(self.store.glob("sha256/*"))}
