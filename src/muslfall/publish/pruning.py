"""The pruning of a published tree: old builds go, and the pinned files that no other one needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from muslfall.base.files import digest
from muslfall.base.trees import remove
from muslfall.publish.tree import INDEX, LATEST, LKGR, Index, Tree


@dataclass(frozen=True)
class Pruning:
    """The removals of a pruning: builds by platform, and files of sha256/; size in bytes, of
    all."""

    indexes: dict[str, Index]
    builds: tuple[tuple[str, int], ...]
    objects: tuple[str, ...]
    size: int


def plan(tree: Tree, keep: int) -> Pruning:
    """The files to remove so that the `keep` newest builds of each platform are left, and the
    LKGR."""
    indexes, gone, needed = {}, [], set()
    for platform in tree.platforms():
        index = tree.index(platform)
        kept = sorted({*index.builds[-keep:], *([index.lkgr] if index.lkgr else [])})
        indexes[platform] = Index(tuple(kept), index.lkgr)
        gone += [(platform, build) for build in index.builds if build not in kept]
        for build in kept:
            components = tree.record(platform, build).components.values()
            needed |= {component.sha256 for component in components}
    needed |= copies(tree)
    there = sorted(path.name for path in (tree.root / "sha256").glob("*"))
    objects = tuple(name for name in there if name not in needed)
    paths = [tree.folder(*build) for build in gone] + [tree.root / "sha256" / o for o in objects]
    return Pruning(indexes, tuple(gone), objects, sum(size_of(path) for path in paths))


def copies(tree: Tree) -> set[str]:
    """The digests of the files that move: a signed mirror has copies of them in sha256/."""
    paths = (
        tree.root / platform / name
        for platform in tree.platforms()
        for name in (INDEX, LATEST, LKGR)
    )
    return {digest(path) for path in paths if path.is_file()}


def prune(
    tree: Tree, keep: int, sign: Callable[[], object], waiting: Callable[[], None]
) -> Pruning:
    """Remove what `plan` says; returns what was removed. sign: signs the tree as it is then.

    First what leads to a build goes, then the build, last what it needed, so that a reader finds
    all of a build or is told that it is not there.
    """
    with tree.locked(waiting) as work:
        done = plan(tree, keep)
        for platform, index in done.indexes.items():
            tree.announce(platform, index, work)
        for platform, build in done.builds:
            tree.folder(platform, build).rename(work / f"{platform}-{build}")
        sign()
        kept = copies(tree)
        for name in done.objects:
            if name not in kept:
                remove(tree.root / "sha256" / name)
    return done


def size_of(path: Path) -> int:
    """The size of a file, or of all files in a folder, in bytes."""
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())
