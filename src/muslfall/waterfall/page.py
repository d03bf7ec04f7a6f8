"""The page of the waterfall: a row per build, a column per step and host, green or red.

One file with nothing outside of it; it needs no JavaScript. Its content comes from the records and
the logs beside them; the template is pages/waterfall.html.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from muslfall.waterfall import record
from muslfall.waterfall.log import read_ends
from muslfall.waterfall.record import Record, Step
from muslfall.waterfall.report import step_names, title

TEMPLATE = Path(__file__).with_name("page.html")
#: The lines of a log that the page shows.
TAIL = 30
#: Bytes of its end that are looked at for them.
TAIL_BYTES = 1 << 16


@dataclass(frozen=True)
class Column:
    """A step, or a step on one host (host "": on none)."""

    step: str
    host: str


@dataclass(frozen=True)
class Cell:
    """status: one of record.STATUSES, or "" for no such step. text: what stands in it.
    hover: what it says when it is pointed at. of: the other build whose result it is."""

    status: str
    text: str
    hover: str
    of: int | None = None


@dataclass(frozen=True)
class Row:
    """One build, as the page shows it. log: the end of the first failing step's log."""

    record: Record
    title: str
    lkgr: bool
    cells: tuple[Cell, ...]
    log: str


@dataclass(frozen=True)
class Stop:
    """One release of a series, and the build of it; None: there is none."""

    version: str
    lkgr: bool
    record: Record | None


def columns(records: Sequence[Record]) -> list[Column]:
    """The columns: per step those hosts on which any build ran it, or the step alone."""
    found = []
    for name in step_names(records):
        steps = [step for one in records if (step := one.step(name))]
        hosts = sorted({host for step in steps for host in step.hosts})
        found += [Column(name, host) for host in hosts or [""]]
    return found


def cell(step: Step | None, host: str) -> Cell:
    """The content of a build's cell in a column."""
    if step is None:
        return Cell("", "", "no such step")
    where = f"{step.name} on {host}" if host else step.name
    result = step.hosts.get(host)
    if result is None:
        said = step.said or ""
        text = {"pass": "pass", "fail": "fail", "skipped": "–"}[step.status]
        return Cell(step.status, text, f"{where}: {step.status}{': ' + said if said else ''}")
    counts = ", ".join(f"{count} {verdict}" for verdict, count in result.counts.items())
    text = {"pass": str(result.counts.get("pass", "pass")), "skipped": "–"}.get(
        result.status, f"{len(result.unexpected)} bad"
    )
    taken = f"not run again: this is the result of build {result.of}" if result.of else ""
    words = [f"{where}: {result.status}", counts, result.said or "", taken]
    return Cell(result.status, text, "\n".join(word for word in words if word), result.of)


def rows(
    records: Sequence[Record], lkgr: Mapping[str, str], number: int, logs: Mapping[int, str]
) -> list[Row]:
    """The rows, the newest build first."""
    heads = columns(records)
    return [
        Row(
            one,
            title(one, lkgr),
            one.build == number,
            tuple(cell(one.step(head.step), head.host) for head in heads),
            logs.get(one.build, ""),
        )
        for one in sorted(records, key=lambda one: one.build, reverse=True)
    ]


def stops(
    component: str, versions: Sequence[str], records: Sequence[Record], lkgr: Mapping[str, str]
) -> list[Stop]:
    """A component's releases, oldest first, each with the newest build that is the LKGR but for
    it."""
    found = []
    for version in versions:
        wanted = {**lkgr, component: version}
        made = [one for one in records if one.versions() == wanted]
        newest = max(made, key=lambda one: one.build, default=None)
        found.append(Stop(version, lkgr[component] == version, newest))
    return found


def read_logs(root: Path, records: Sequence[Record]) -> dict[int, str]:
    """The end of the log that stands beside each red record; none where it is not a file there.

    A log, or a record's folder, that is a link would show what it leads to.
    """
    found = {}
    for one in records:
        if one.failed:
            file = record.path(root, one.build).with_name(one.failed.log)
            if file.parent.is_symlink():
                continue
            with suppress(OSError):
                lines = read_ends(file, 0, TAIL_BYTES).splitlines()
                found[one.build] = "\n".join(lines[-TAIL:])
    return found


def render(
    records: Sequence[Record],
    lkgr: Mapping[str, str],
    number: int,
    series: Mapping[str, Sequence[str]],
    logs: Mapping[int, str],
    folder: str = "",
) -> str:
    """The page's text. folder: the path from the page to the folder of the records, with its /."""
    import jinja2

    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
    heads = columns(records)
    groups = [
        (name, [head.host for head in heads if head.step == name])
        for name in dict.fromkeys(head.step for head in heads)
    ]
    strips = {name: stops(name, versions, records, lkgr) for name, versions in series.items()}
    return (
        template.render(
            rows=rows(records, lkgr, number, logs),
            groups=groups,
            strips={name: strip for name, strip in strips.items() if len(strip) > 1},
            lkgr=lkgr,
            number=number,
            folder=folder,
            name=record.NAME,
            width=len(heads) + 3,
        )
        + "\n"
    )
