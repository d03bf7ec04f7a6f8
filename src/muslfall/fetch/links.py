"""Links in out/pinned to the trees of the store."""

from __future__ import annotations

from pathlib import Path

from muslfall.base.files import point
from muslfall.fetch.fetcher import Trees
from muslfall.pins import mirrored


def link(root: Path, trees: Trees) -> dict[str, Path]:
    """Link trees into out/pinned of the checkout `root`, as COMPONENT-VERSION; returns the links.

    A link that is right already is left alone, and one that is not is replaced in one step. The
    record of a mirrored toolchain is linked beside its tree.
    """
    folder = root / "out" / "pinned"
    folder.mkdir(parents=True, exist_ok=True)
    links = {}
    for component, tree in trees.items():
        release = trees.releases[component]
        links[component] = folder / release.name
        if mirrored.is_mirrored(release.version):
            point(folder / f"{release.name}.json", mirrored.path(release.version))
        point(links[component], tree)
    return links
