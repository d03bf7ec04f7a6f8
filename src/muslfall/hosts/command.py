"""The hosts: what runs wasm, and the command that runs a program on each."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from muslfall import ROOT
from muslfall.base import folders, stacks
from muslfall.base.errors import UsageError
from muslfall.hosts import browser

#: d8 is V8, by the node that carries it; wasmtime is its Python package. Both are pinned.
HOSTS = ("d8", "wasmtime")
#: What a program can be run on: chromium is the one that the machine has, if any.
ALL = (*HOSTS, "chromium")
COMPONENTS = {"d8": "v8", "wasmtime": "wasmtime"}
#: Variables of the environment that would change how a host runs, and one that does not.
PREFIXES = ("PYTHON", "NODE_")
HARMLESS = "PYTHONDONTWRITEBYTECODE"
#: Python's words for the loader. All that it needs is on PYTHONPATH; what it imports is most of its
#: garbage (a tenth of a short program's time), and what finds a module for -m a thirtieth.
LOADER_FLAGS = (
    "-S", "-c", "import gc; gc.disable(); from muslfall.loader import main; main.process()",
)  # fmt: skip


@dataclass(frozen=True)
class Options:
    """What a loader is told beside the modules, in arch/wasm32/LOADER.md's terms.

    dirs: HOST or HOST::GUEST each. env: NAME=VALUE each. arguments: the program's, after argv[0].
    kernel: None for the one beside the module that needs it.
    """

    dirs: tuple[str, ...] = ()
    env: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    kernel: Path | None = None
    strict: bool = False
    stats: bool = False
    no_cache: bool = False
    trace: bool = False

    def words(self) -> list[str]:
        """The loader's options."""
        words = [f"--dir={folder}" for folder in self.dirs]
        words += [f"--env={pair}" for pair in self.env]
        words += [f"--kernel={self.kernel}"] if self.kernel else []
        words += ["--strict"] if self.strict else []
        words += ["--stats"] if self.stats else []
        words += ["--no-cache"] if self.no_cache else []
        return words + (["--trace"] if self.trace else [])


@dataclass(frozen=True)
class Engines:
    """Where the hosts are.

    node: the program. wasmtime: the folder that has its Python package. loader: wasm.js.
    flags: those that this node's V8 needs, by its quirks.
    """

    node: Path
    wasmtime: Path
    loader: Path = ROOT / "arch" / "wasm32" / "wasm.js"
    flags: tuple[str, ...] = ()

    def node_command(self, *scripts: Path) -> list[str]:
        """The words that run wasm.js, or a script that is told where it is, in node."""
        paths = [str(path) for path in (*scripts, self.loader)]
        return [str(self.node), "--no-warnings", *stacks.v8_flags(), *self.flags, *paths]


@dataclass(frozen=True)
class Command:
    """What to execute: the words, and the whole environment."""

    argv: list[str]
    env: dict[str, str]


def command(
    host: str,
    engines: Engines,
    program: Path | str,
    libraries: Sequence[Path | str],
    options: Options,
) -> Command:
    """The command that runs a program on a host. Raises UsageError: no such host."""
    words = options.words() + [_module(path) for path in (program, *libraries)]
    if options.arguments:
        words += ["--", *options.arguments]
    if host == "d8":
        return Command([*engines.node_command(), "--", *words], node_environment())
    if host == "wasmtime":
        argv = [sys.executable, *LOADER_FLAGS, *words]
        return Command(argv, wasmtime_environment(engines.wasmtime))
    if host == "chromium":
        argv = [sys.executable, "-m", "muslfall.hosts.chromium", *words]
        return Command(argv, python_environment())
    raise UsageError("no such host", host, f"one of: {', '.join(ALL)}")


def _module(path: Path | str) -> str:
    """A module's path as a word that no loader takes for an option."""
    text = str(path)
    return f"./{text}" if text.startswith("-") else text


def clean_environment(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment without what would change how a host runs."""
    return {
        name: value
        for name, value in environment.items()
        if name == HARMLESS or not name.startswith(PREFIXES)
    }


def node_environment() -> dict[str, str]:
    """The environment in which node keeps what it compiled of wasm.js, where there is a cache."""
    folder = folders.cache_path()
    kept = {"NODE_COMPILE_CACHE": str(folder / "node")} if folder else {}
    return clean_environment() | kept


def wasmtime_environment(wasmtime: Path) -> dict[str, str]:
    """The environment in which Python finds the loader and wasmtime, and nothing where it runs."""
    return python_environment(wasmtime) | cache_environment(folders.cache_path())


def python_environment(*folders: Path) -> dict[str, str]:
    """The environment in which Python finds this package and `folders`, and nothing else."""
    path = os.pathsep.join(str(folder) for folder in (Path(__file__).parents[2], *folders))
    return clean_environment() | {"PYTHONPATH": path, "PYTHONSAFEPATH": "1"}


def cache_environment(folder: Path | None) -> dict[str, str]:
    """Where Python keeps what it compiles: not in the tree of wasmtime, which is the store's."""
    if folder is None:
        return {HARMLESS: "1"}
    store = {"MUSLFALL_STORE": str(folder)}
    if not os.access(folder, os.W_OK) or HARMLESS in os.environ:
        return store | {HARMLESS: "1"}
    return store | {"PYTHONPYCACHEPREFIX": str(folder / "pycache")}


def engines(hosts: Sequence[str] = HOSTS) -> Engines:
    """The LKGR's engines for the hosts: those of out/pinned, else fetched.

    Raises MuslfallError: a pin is malformed, a release cannot be had, there is no Chromium.
    """
    if "chromium" in hosts:
        browser.require()
    from muslfall.pins import series as pins

    lkgr = pins.load_lkgr(ROOT).releases
    components = [COMPONENTS[name] for name in hosts if name in COMPONENTS]
    releases = {component: lkgr[component] for component in components}
    trees = {name: ROOT / "out" / "pinned" / release.name for name, release in releases.items()}
    missing = [releases[name] for name, tree in trees.items() if not tree.exists()]
    if missing:
        from muslfall.fetch import fetcher

        trees |= fetcher.ensure(missing)
    node = trees.get("v8", Path()) / lkgr["v8"].tools["node"][0]
    return Engines(node, trees.get("wasmtime", Path()), flags=lkgr["v8"].words("flags"))
