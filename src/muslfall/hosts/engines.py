"""The engines that run a program: which a host needs, and where they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from muslfall import ROOT
from muslfall.base import stacks
from muslfall.base.errors import MuslfallError
from muslfall.hosts import browser
from muslfall.pins.lkgr import load_lkgr

#: d8 is V8, by the node that carries it; wasmtime is its Python package. Both are pinned.
HOSTS = ("d8", "wasmtime")
#: What a program can be run on: chromium is the one that the machine has, if any.
ALL = (*HOSTS, "chromium")
COMPONENTS = {"d8": "v8", "wasmtime": "wasmtime"}
#: wasm.js of the last known good build, which every command runs that is not told of another.
BUILT_LOADER = ROOT / "out" / "lkgr" / "wasm.js"


@dataclass(frozen=True)
class Engines:
    """Where the hosts are.

    node: the program. wasmtime: the folder that has its Python package. loader: wasm.js.
    flags: those that this node's V8 needs, by its quirks.
    """

    node: Path
    wasmtime: Path
    loader: Path = BUILT_LOADER
    flags: tuple[str, ...] = ()

    def node_command(self, *scripts: Path) -> list[str]:
        """The words that run wasm.js, or a script that is told where it is, in node."""
        paths = [str(path) for path in (*scripts, self.loader)]
        return [str(self.node), "--no-warnings", *stacks.v8_flags(), *self.flags, *paths]


def find_loader(modules: Sequence[Path]) -> Path:
    """wasm.js of the build that one of the modules is of; the LKGR build's, if there is none.

    modules: of a build, or anybody's; the loader is looked for beside them.
    """
    beside = (module.with_name("wasm.js").absolute() for module in modules)
    return next((path for path in beside if path.is_file()), BUILT_LOADER)


def require_loader(loader: Path) -> Path:
    """The path of wasm.js. Raises MuslfallError: it is not built."""
    if not loader.is_file():
        raise MuslfallError("the loader of V8 is not built", loader, "./muslfall build")
    return loader


def engines(hosts: Sequence[str] = HOSTS, loader: Path = BUILT_LOADER) -> Engines:
    """The LKGR's engines for the hosts: those of out/pinned, else fetched.

    loader: the path of wasm.js, for the hosts that are V8.
    Raises MuslfallError: a pin is malformed, a release cannot be had, there is no Chromium, or
    no loader for a host that needs it.
    """
    if "chromium" in hosts:
        browser.require()
    if set(hosts) - {"wasmtime"}:
        require_loader(loader)

    lkgr = load_lkgr(ROOT).releases
    components = [COMPONENTS[name] for name in hosts if name in COMPONENTS]
    releases = {component: lkgr[component] for component in components}
    trees = {name: ROOT / "out" / "pinned" / release.name for name, release in releases.items()}
    missing = [releases[name] for name, tree in trees.items() if not tree.exists()]
    if missing:
        from muslfall.fetch import fetcher

        trees |= fetcher.ensure(missing)
    node = trees.get("v8", Path()) / lkgr["v8"].tools["node"][0]
    return Engines(node, trees.get("wasmtime", Path()), loader, lkgr["v8"].words("flags"))
