"""The report of real software: its results in a file, and as a table."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TextIO

from muslfall.base.files import write_if_changed
from muslfall.software.run import Result


class Progress:
    """Says how each package went when it is done."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stderr
        self.guard = threading.Lock()

    def done(self, results: Sequence[Result]) -> None:
        """Say it: a line for the package, and what is wrong with each result that is not right."""
        bad = [result for result in results if result.problem]
        build = results[0]
        lines = [f"{build.package}: built in {build.seconds:.1f} s, {len(results) - 1} tests"]
        if build.problem:
            lines = [f"{build.package}: not built"]
        elif bad:
            lines[0] += f", {len(bad)} failed"
        for result in bad:
            place = f" on {result.host}" if result.host else ""
            lines.append(f"{result.package}: {result.test}{place}: failed")
            lines += [f"  {line}" for line in (result.problem or "").splitlines()]
        with self.guard:
            print("\n".join(lines), file=self.stream, flush=True)


def write(folder: Path, results: Iterable[Result]) -> None:
    """Write each package's results to FOLDER/NAME.json, a line of JSON each, sorted."""
    packages: dict[str, list[str]] = {}
    for result in sorted(results, key=lambda item: (item.test != "build", item.test, item.host)):
        line = json.dumps(asdict(result), sort_keys=True)
        packages.setdefault(result.package, []).append(f"{line}\n")
    for name, lines in packages.items():
        write_if_changed(folder / f"{name}.json", "".join(lines))


def rows(results: Iterable[Result], hosts: Sequence[str]) -> list[list[str]]:
    """The table: package, test, and per host the seconds, or that it failed."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for result in results:
        cell = "FAILED" if result.problem else f"{result.seconds:.1f} s"
        found.setdefault((result.package, result.test), {})[result.host] = cell
    body = []
    for (package, test), cells in found.items():
        if test != "build":
            body.append([package, test, *(cells.get(host, "") for host in hosts)])
        elif cells[""] == "FAILED":
            body.append([package, "not built", *("" for _ in hosts)])
    return [["package", "test", *hosts], *body]


def show(results: Iterable[Result], hosts: Sequence[str], stream: TextIO | None = None) -> None:
    """Print the table, in plain columns."""
    table = rows(results, hosts)
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for row in table:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        print("  ".join(cells).rstrip(), file=stream or sys.stdout)
