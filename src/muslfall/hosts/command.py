"""The hosts: what runs wasm, and the command that runs a program on each."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from muslfall.base import folders
from muslfall.base.errors import UsageError
from muslfall.hosts.engines import ALL, Engines

#: Variables of the environment that would change how a host runs, and one that does not.
PREFIXES = ("PYTHON", "NODE_")
HARMLESS = "PYTHONDONTWRITEBYTECODE"
#: Python's words for the loader. All that it needs is on PYTHONPATH; what it imports is most of its
#: garbage (a tenth of a short program's time), and what finds a module for -m a thirtieth.
LOADER_FLAGS = (
    "-S",
    "-c",
    "import gc; gc.disable(); from muslfall.loader import main; main.process()",
)


@dataclass(frozen=True)
class Options:
    """The options of a loader, beside the modules, in arch/wasm32/LOADER.md's terms.

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
    debug: tuple[str, ...] = ()

    def words(self) -> list[str]:
        """The loader's options."""
        words = [f"--dir={folder}" for folder in self.dirs]
        words += [f"--env={pair}" for pair in self.env]
        words += [f"--debug={folder}" for folder in self.debug]
        words += [f"--kernel={self.kernel}"] if self.kernel else []
        words += ["--strict"] if self.strict else []
        words += ["--stats"] if self.stats else []
        words += ["--no-cache"] if self.no_cache else []
        return words + (["--trace"] if self.trace else [])


@dataclass(frozen=True)
class Command:
    """The command to execute: its words, and its whole environment."""

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
        script = str(engines.loader)
        argv = [sys.executable, "-m", "muslfall.hosts.chromium", script, *words]
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
    if folder is None or not is_ours(folder, "node"):
        return clean_environment()
    return clean_environment() | {"NODE_COMPILE_CACHE": str(folder / "node")}


def is_ours(folder: Path, name: str) -> bool:
    """Whether code may be kept in a folder of the store, for nobody else may put some there."""
    return folders.is_trusted(folder) and folders.is_trusted(folder / name)


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
    if not os.access(folder, os.W_OK) or HARMLESS in os.environ or not is_ours(folder, "pycache"):
        return store | {HARMLESS: "1"}
    return store | {"PYTHONPYCACHEPREFIX": str(folder / "pycache")}
