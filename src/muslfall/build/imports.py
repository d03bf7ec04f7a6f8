"""The files that a module of this package is made from: its own, and all that it imports."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

PACKAGE = "muslfall"
#: No step fetches: the graph itself has what is pinned linked before a step runs.
LEFT_OUT = ("muslfall.fetch",)


def module_path(name: str, root: Path = Path()) -> Path | None:
    """The file of the module or package `name`, relative to `root`; None when there is none."""
    base = Path("src", *name.split("."))
    for path in (base.with_suffix(".py"), base / "__init__.py"):
        if (root / path).is_file():
            return path
    return None


def imported(tree: ast.AST) -> Iterator[str]:
    """The dotted names of this package that a module imports anywhere, in functions too.

    `from a import b` gives both a and a.b: b may be a module or something in a.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def left_out(name: str) -> bool:
    """Whether a module is in a package that no step depends on."""
    return any(name == package or name.startswith(package + ".") for package in LEFT_OUT)


def parents(name: str) -> list[str]:
    """The module itself and the packages that it lies in, which Python imports before it."""
    parts = name.split(".")
    return [".".join(parts[: i + 1]) for i in range(len(parts))]


@functools.cache
def module_files(name: str, root: Path = Path()) -> frozenset[str]:
    """The files of the module `name` (muslfall.x.y) and of all that it imports, and they import.

    Paths are relative to `root`, the checkout. Raises ValueError: there is no such module.
    """
    found: dict[str, str] = {}
    waiting = parents(name)
    while waiting:
        module = waiting.pop()
        path = module_path(module, root)
        if path is None or module in found or not module.startswith(PACKAGE) or left_out(module):
            continue
        found[module] = path.as_posix()
        tree = ast.parse((root / path).read_text(encoding="utf-8"), str(path))
        waiting += [part for target in imported(tree) for part in parents(target)]
    if name not in found:
        raise ValueError(f"no module {name} in {root}/src")
    return frozenset(found.values())
