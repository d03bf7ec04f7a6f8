"""The table of the waterfall's builds: a row per build, a column per step."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TextIO

from muslfall.waterfall.record import Record, Step

#: How a cell is coloured, in rich's words.
COLOURS = {"pass": "green", "fail": "bold red", "skipped": "dim", "": "dim"}


def title(one: Record, lkgr: Mapping[str, str]) -> str:
    """A description of a build, in terms of the LKGR: the releases in which it differs."""
    swapped = [f"{name} {v}" for name, v in one.versions().items() if lkgr.get(name) != v]
    return ", ".join(swapped) or "LKGR's releases"


def step_names(records: Sequence[Record]) -> list[str]:
    """The steps of all builds, each once, in their order."""
    return list(dict.fromkeys(step.name for one in records for step in one.steps))


def cell(step: Step | None) -> tuple[str, str]:
    """The text of a step's cell, and the status that colours it."""
    if step is None:
        return "", ""
    if step.status != "fail":
        return step.status, step.status
    return f"fail {'+'.join(step.failing())}".rstrip(), "fail"


def rows(records: Sequence[Record], lkgr: Mapping[str, str], number: int) -> list[list[tuple]]:
    """The table's rows, the newest build first; each cell with the status that colours it."""
    names = step_names(records)
    found = []
    for one in sorted(records, key=lambda record: record.build, reverse=True):
        mark = "*" if one.build == number else ""
        head = [
            (f"{one.build}{mark}", one.status),
            (title(one, lkgr), ""),
            (one.status, one.status),
        ]
        found.append(head + [cell(one.step(name)) for name in names])
    return found


def show(
    records: Sequence[Record], lkgr: Mapping[str, str], number: int, stream: TextIO | None = None
) -> None:
    """Print the table, in colours on a terminal; `number` is the LKGR's."""
    stream = stream or sys.stdout
    heads = ["build", "releases", "status", *step_names(records)]
    body = rows(records, lkgr, number)
    if stream.isatty():
        return show_rich(heads, body)
    text = [heads, *([word for word, _ in row] for row in body)]
    widths = [max(map(len, column)) for column in zip(*text, strict=True)]
    for row in text:
        cells = (word.ljust(width) for word, width in zip(row, widths, strict=True))
        print("  ".join(cells).rstrip(), file=stream)


def show_rich(heads: list[str], body: list[list[tuple]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table()
    for head in heads:
        table.add_column(head, justify="right" if head == "build" else "left")
    for row in body:
        table.add_row(*(f"[{COLOURS[status]}]{word}" if status else word for word, status in row))
    Console().print(table)


def describe(one: Record, lkgr: Mapping[str, str]) -> str:
    """One line about a build that was made."""
    head = f"build {one.build} ({title(one, lkgr)}): {one.status}"
    if one.failed:
        where = f" on {one.failed.host}" if one.failed.host else ""
        return f"{head}: {one.failed.step}{where}: {one.failed.said}"
    return head


def compare(one: Record, before: Record) -> str:
    """One line: whether a build has the artifacts that an earlier one of the same releases had."""
    mine, theirs = one.artifacts, before.artifacts
    names = sorted(mine.keys() | theirs.keys())
    differ = [name for name in names if mine.get(name) != theirs.get(name)]
    if not differ:
        return f"the artifacts are those of build {before.build}, byte for byte"
    return f"other than in build {before.build}: {', '.join(differ)}"
