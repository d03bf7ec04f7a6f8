"""A published tree with small builds that are made up, as `mirror publish` lays them out."""

from __future__ import annotations

import hashlib
from contextlib import nullcontext
from pathlib import Path

from kit import records
from kit.mirrored_builds import CLANG

from muslfall.base.files import digest
from muslfall.base.progress import Progress
from muslfall.fetch import archive
from muslfall.fetch import fetcher as fetch
from muslfall.fetch.store import Store
from muslfall.pins.release import File, Release
from muslfall.publish import builds as publishing
from muslfall.publish import origin, packing
from muslfall.publish.tree import Tree
from muslfall.waterfall.record import Artifact, Component

PLATFORM = "linux-x86_64"


class Checkout:
    """A checkout whose builds are two files, and whose pinned files are a few bytes each."""

    def __init__(self, folder: Path, monkeypatch) -> None:
        self.folder = folder
        self.store = Store(folder / "store")
        self.files: dict[str, bytes] = {}
        self.built: list[int] = []
        self.pack = packing.pack
        monkeypatch.setattr(packing, "pack", self.packed)
        monkeypatch.setattr(origin.building, "build", lambda made, flags: True)
        monkeypatch.setattr(origin.building, "lock", lambda made: nullcontext())
        monkeypatch.setattr(publishing, "chosen", self.chosen)
        monkeypatch.setattr(publishing, "libc_of", lambda made: made)
        monkeypatch.setattr(fetch, "ensure_objects", self.fetch)

    def record(self, number: int, **changes):
        """The record of build `number`, whose LLVM is one of its own."""
        out = self.out(number)
        for name, text in (("musl.wasm", f"libc {number}"), ("sysroot/include/a.h", "int a;\n")):
            (out / name).parent.mkdir(parents=True, exist_ok=True)
            (out / name).write_text(text)
        sha256 = digest(out / "musl.wasm")
        headers = origin.artifact_digest(out, "sysroot/include")
        made = records.made(
            number,
            variant=str(number),
            artifacts={
                "musl.wasm": Artifact(sha256, (out / "musl.wasm").stat().st_size),
                "sysroot/include": Artifact(headers, 1),
            },
        )
        versions = {**made.versions(), "llvm": str(number)}
        parts = {name: self.component(name, version) for name, version in versions.items()}
        return records.made(**{**vars(made), "number": number, "components": parts, **changes})

    def component(self, name: str, version: str) -> Component:
        data = f"{name} {version}".encode()
        sha256 = hashlib.sha256(data).hexdigest()
        self.files[sha256] = data
        return Component(version, name, f"{name}.whl", sha256)

    def out(self, number: int) -> Path:
        return self.folder / "out" / str(number)

    def chosen(self, one):
        """What `publishing` asks of a variant."""
        releases = {}
        for name, part in one.components.items():
            file = File(PLATFORM, part.file, part.sha256, len(self.files[part.sha256]))
            tools = {"zig": ("ziglang/zig",)}
            releases[name] = Release(name, part.version, "pip", name, (file,), tools)

        class Variant:
            class build:
                pass

            name, out = one.variant, str(self.out(one.build))

            def release(self, component):
                return releases[component]

        Variant.build.releases = releases
        return Variant()

    def packed(self, target, *more) -> None:
        self.built.append(int(target.parent.name))
        self.pack(target, *more)

    def fetch(self, releases, *, store, progress) -> None:
        """Each file in the store, and for llvm a tree, with a zig that says its version."""
        for release in releases:
            file = release.files[0]
            path = store.object_path(file)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self.files[file.sha256])
            if release.component == "llvm":
                self.unpack(store, store.tree_path(release, file))

    def unpack(self, store, tree: Path) -> None:
        (tree / "ziglang").mkdir(parents=True, exist_ok=True)
        zig = tree / "ziglang/zig"
        zig.write_text(CLANG.replace('"$1"', '"$2"'))
        zig.chmod(0o755)
        entry = archive.present(zig)
        values = f'["{entry.kind}", {entry.mode}, "{entry.value}"]'
        store.marker(tree).write_text(f'{{"entries": {{"ziglang/zig": {values}}}}}')

    def publish(self, tree: Path, *found, lkgr: int = 0) -> list[int]:
        publisher = publishing.Publisher(Tree(tree), self.store, Progress(), 2)
        return publisher.publish(found, lkgr)


def snapshot(tree: Path) -> dict[str, str]:
    """Every file that a reader may see, by its digest."""
    files = (path for path in tree.rglob("*") if path.is_file() and not path.name.startswith("."))
    return {path.relative_to(tree).as_posix(): digest(path) for path in sorted(files)}
