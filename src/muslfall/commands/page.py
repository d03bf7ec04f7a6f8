"""Serve a page that runs programs in your browser.

The page offers the programs that you name, or else those of the last known good build, with its
musl.wasm. Choose one, its arguments, files and input; the page shows its output, status, times and
system calls. The command serves the page on 127.0.0.1, at an address that it prints for you alone,
until you interrupt it. A program sees the files that you give it in the page, and nothing else of
the machine. The loader is the wasm.js beside a module that you name, or else that of the last known
good build.
"""

from __future__ import annotations

import argparse
import threading
from contextlib import suppress
from pathlib import Path

from muslfall import ROOT
from muslfall.base.errors import MuslfallError, UsageError
from muslfall.hosts import engines
from muslfall.hosts.page_server import Server

EXAMPLE = "./muslfall page out/lkgr/programs/hello.wasm"
BUILT = Path("out/lkgr")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "modules",
        nargs="*",
        type=Path,
        metavar="MODULE.wasm",
        help="programs and libraries to choose from; default: those of the build",
    )
    parser.add_argument("--port", type=int, default=0, help="default: any that is free")


def run(args: argparse.Namespace) -> int:
    if not 0 <= args.port <= 65535:
        raise UsageError("is no port", f"--port {args.port}", "a number up to 65535")
    programs, libraries = choose(args.modules)
    offered = {"programs": list(map(str, programs)), "libraries": list(map(str, libraries))}
    roots = {path.parent for path in (*programs, *libraries)}
    loader = engines.require_loader(engines.find_loader([*args.modules, *libraries]))
    with Server(roots, loader, offered, args.port) as server, suppress(KeyboardInterrupt):
        print(f"{server.url}\nCtrl-C ends it.", flush=True)
        threading.Event().wait()
    return 0


def choose(modules: list[Path]) -> tuple[list[Path], list[Path]]:
    """The modules that the page offers: programs, and libraries.

    Raises MuslfallError: a module is missing, or none is given and nothing is built.
    """
    built = ROOT / BUILT
    libc = built / "musl.wasm"
    missing = [MuslfallError("no such file", path) for path in modules if not path.is_file()]
    if missing:
        raise MuslfallError("what the page is to offer is missing", problems=missing)
    if not modules and not libc.exists():
        raise MuslfallError("is not built, and no program is given", BUILT, "./muslfall build")
    libraries = [libc] if libc.exists() else []
    return modules or sorted((built / "programs").glob("*.wasm")), libraries
