"""The report of a suite: its results in a file, and its counts as a table."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TextIO

from muslfall.base.files import write_if_changed
from muslfall.suites.run import Times
from muslfall.suites.verdict import UNEXPECTED, VERDICTS, Result

#: How a verdict is coloured where it is not zero, in rich's words.
COLOURS = ("green", "yellow", "dim", "bold red", "bold red")


def path(out: Path, suite: str, opt: str, host: str) -> Path:
    """Where the results of a suite are, at one -O level on one host."""
    return out / "suites" / f"{suite}.{opt}.{host}.json"


def write(file: Path, results: Iterable[Result]) -> None:
    """Write results, a line of JSON each, sorted by test."""
    lines = [
        json.dumps(asdict(item), sort_keys=True)
        for item in sorted(results, key=lambda item: item.test)
    ]
    file.parent.mkdir(parents=True, exist_ok=True)
    write_if_changed(file, "".join(f"{line}\n" for line in lines))


def describe(result: Result) -> str:
    """One line about a result that nobody expected."""
    head = f"{result.test} at -{result.opt} on {result.host}: {result.verdict}"
    if result.verdict == "unexpected pass":
        return f"{head}: it is listed as a known failure: {result.reason}"
    status = "" if result.status is None else f", exit status {result.status}"
    return f"{head} ({result.stage}{status}): {result.last}"


def explain(result: Result) -> str:
    """The line about a result that nobody expected; under it what a program or a tool said."""
    told = result.output if len(result.output) > 1 else ()  # one line is in the first already
    return "\n".join([describe(result), *(f"    {line}" for line in told)])


def dropped(results: Iterable[Result]) -> str:
    """One line about the flags that were left out, with the number of tests; "": there are none."""
    tests: dict[str, set[str]] = {}
    for result in results:
        for flag in result.dropped:
            tests.setdefault(flag, set()).add(result.test)
    said = ", ".join(f"{flag} ({len(names)})" for flag, names in sorted(tests.items()))
    return said and f"flags left out, since clang does not know them (of so many tests): {said}"


def unexpected(results: Iterable[Result]) -> list[Result]:
    return [result for result in results if result.verdict in UNEXPECTED]


def counts(results: Iterable[Result]) -> list[tuple[str, str, Counter]]:
    """Per -O level and host, the number of results of each verdict."""
    found: dict[tuple[str, str], Counter] = {}
    for result in results:
        found.setdefault((result.opt, result.host), Counter())[result.verdict] += 1
    return [(opt, host, count) for (opt, host), count in sorted(found.items())]


def rows(results: Iterable[Result]) -> tuple[list[str], list[list[str]]]:
    """The table of counts: its heads and its rows."""
    heads = ["level", "host", "tests", *VERDICTS]
    body = [
        [f"-{opt}", host, str(count.total()), *(str(count[verdict]) for verdict in VERDICTS)]
        for opt, host, count in counts(results)
    ]
    return heads, body


def show(name: str, results: Sequence[Result], stream: TextIO = sys.stdout) -> None:
    """Print the table of counts: by rich on a terminal, in plain columns anywhere else."""
    heads, body = rows(results)
    if stream.isatty():
        return show_rich(name, heads, body)
    widths = [max(map(len, column)) for column in zip(heads, *body, strict=True)]
    for row in (heads, *body):
        cells = [
            cell.ljust(width) if i < 2 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        print("  ".join(cells).rstrip(), file=stream)


def show_rich(name: str, heads: list[str], body: list[list[str]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=name)
    for number, head in enumerate(heads):
        table.add_column(head, justify="left" if number < 2 else "right")
    for row in body:
        verdicts = [
            cell if cell == "0" else f"[{colour}]{cell}"
            for cell, colour in zip(row[3:], COLOURS, strict=True)
        ]
        table.add_row(*row[:3], *verdicts)
    Console().print(table)


def show_times(opt: str, times: Times) -> str:
    """One line: how long a level took, and what the processors spent it on."""
    parts = f"compiler and linker {times.tools:.1f}, engines {times.engines:.1f}"
    return f"-{opt}: {times.wall:.1f} s; processor seconds: {parts}, muslfall {times.ours:.1f}"
