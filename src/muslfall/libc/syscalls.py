"""The syscall table: from syscalls.toml to the kernel's dispatch and to musl's syscall.h.in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from muslfall.base import guard
from muslfall.base.errors import MuslfallError, UsageError
from muslfall.base.files import write
from muslfall.base.tables import Checker, read_toml

STATES = ("done", "answered", "ENOSYS")
WORDS = "abcdef"  # a syscall has at most six argument words


@dataclass(frozen=True)
class Syscall:
    """One row of the table.

    number: the asm-generic number; name: as in Linux, without prefix; args: C parameter
    declarations; state: one of STATES; answer: a C expression, for state "answered" only.
    """

    number: int
    name: str
    args: tuple[str, ...]
    state: str
    answer: str | None = None

    @property
    def types(self) -> tuple[str, ...]:
        """The parameters' C types, without their names."""
        return tuple(re.sub(r"\w+$", "", arg).strip() for arg in self.args)

    @property
    def words(self) -> int:
        """How many 32-bit argument words the parameters take."""
        return sum(2 if kind == "off_t" else 1 for kind in self.types)


@dataclass(frozen=True)
class Table:
    """All syscalls by number, and `aliases`: further names for them (new name -> name)."""

    syscalls: tuple[Syscall, ...]
    aliases: dict[str, str]


def load(path: Path) -> Table:
    """Read a syscalls.toml. Raises MuslfallError with everything that is wrong in it."""
    return parse(read_toml(path, Path(path.anchor)), path)


def parse(data: dict[str, Any], where: object = "syscalls.toml") -> Table:
    """Check a parsed syscalls.toml and return its Table. Raises MuslfallError with all problems."""
    check = Checker(where)
    entries = check.tables(data, "syscall", "syscall")
    rows = [_row(check, f"syscall {place}", entry) for place, entry in enumerate(entries, 1)]
    aliases = check.table(data, "aliases", "aliases")
    aliases = {new: check.text(aliases, new, f"aliases.{new}") for new in aliases}
    check.finish()
    problems = [f"{row.name}: {what}" for row in rows for what in _problems(row)]
    problems += _order_problems(rows)
    names = {row.name for row in rows}
    problems += [
        f"alias {new}: no syscall {old}" for new, old in aliases.items() if old not in names
    ]
    if problems or not rows:
        raise MuslfallError("; ".join(problems) or "no syscalls", where)
    return Table(tuple(rows), aliases)


def _row(check: Checker, name: str, entry: dict[str, Any]) -> Syscall:
    check.keys(entry, name, required=("number", "name", "args", "state"), optional=("answer",))
    words = check.typed(entry, "args", f"{name}.args", str, "a string", "")
    return Syscall(
        number=check.integer(entry, "number", f"{name}.number", 0),
        name=check.text(entry, "name", f"{name}.name"),
        args=tuple(arg.strip() for arg in words.split(",") if arg.strip()),
        state=check.text(entry, "state", f"{name}.state"),
        answer=check.typed(entry, "answer", f"{name}.answer", str, "a string", None),
    )


def _problems(row: Syscall) -> list[str]:
    found = []
    if row.state not in STATES:
        found.append(f"state {row.state!r} is none of {', '.join(STATES)}")
    if (row.answer is not None) != (row.state == "answered"):
        found.append("an answer belongs to state 'answered', and to no other")
    if row.words > len(WORDS):
        found.append(f"{row.words} argument words, more than {len(WORDS)}")
    return found


def _order_problems(rows: list[Syscall]) -> list[str]:
    pairs = zip(rows, rows[1:], strict=False)
    found = [
        f"{b.name}: number {b.number} after {a.number}" for a, b in pairs if b.number <= a.number
    ]
    names = [row.name for row in rows]
    return found + sorted({f"{name}: twice" for name in names if names.count(name) > 1})


def numbers(table: Table) -> str:
    """The text of arch/wasm32/bits/syscall.h.in, from which musl makes <sys/syscall.h>."""
    entries = [(row.number, 0, row.name) for row in table.syscalls]
    by_name = {row.name: row.number for row in table.syscalls}
    entries += [(by_name[old], 1, new) for new, old in table.aliases.items()]
    return "".join(f"#define __NR_{name} {number}\n" for number, _, name in sorted(entries))


def dispatch(table: Table) -> str:
    """The text of the kernel's syscalls.h: prototypes, and the cases of its switch."""
    done = [row for row in table.syscalls if row.state == "done"]
    prototypes = [f"long sys_{row.name}({', '.join(row.args) or 'void'});" for row in done]
    calls = [
        f"#define SYSCALL_{row.number}(a, b, c, d, e, f) {_result(row)}" for row in table.syscalls
    ]
    cases = [
        f"\tcase {row.number}: return SYSCALL_{row.number}(a, b, c, d, e, f);"
        for row in table.syscalls
        if row.state != "ENOSYS"
    ]
    lines = [
        "/* Made from syscalls.toml by muslfall.libc.syscalls. */",
        *prototypes,
        "",
        "/* a to f: the argument words */",
        *calls,
        "",
        "/* n: the number */",
        "#define SYSCALL_CASES(n, a, b, c, d, e, f) \\",
        " \\\n".join(cases),
    ]
    return "\n".join(lines) + "\n"


def page(table: Table) -> str:
    """The table as a page of documentation, in Markdown: arch/wasm32/kernel/SYSCALLS.md."""
    count = {state: sum(row.state == state for row in table.syscalls) for state in STATES}
    lines = [
        "# Linux syscalls of the kernel",
        "",
        "Made from syscalls.toml by `python -m muslfall.libc.syscalls --page`.",
        f"The kernel does {count['done']} of them. To {count['answered']} it always gives the",
        f"answer that the table shows, and to {count['ENOSYS']} ENOSYS. An `off_t` is two words of",
        "the call, the low one first.",
        "",
        "| number | syscall | state |",
        "|---:|---|---|",
    ]
    lines += [
        f"| {row.number} | `{row.name}({', '.join(row.args)})` | {row.answer or row.state} |"
        for row in table.syscalls
    ]
    return "\n".join(lines) + "\n"


def _result(row: Syscall) -> str:
    if row.state != "done":
        return f"({row.answer or '-ENOSYS'})"
    words = iter(WORDS)
    values = [_argument(kind, words) for kind in row.types]
    return f"sys_{row.name}({', '.join(values)})"


def _argument(kind: str, words: Any) -> str:
    low = next(words)
    if kind == "off_t":
        return f"(off_t)((unsigned long long){next(words)} << 32 | (unsigned long){low})"
    return f"({kind}){low}"


def main(argv: list[str]) -> int:
    """Write OUT from TOML: the dispatch header, or what the option before them says."""
    option = argv[0] if argv[:1] and argv[0].startswith("--") else ""
    make = {"": dispatch, "--numbers": numbers, "--page": page}.get(option)
    if make is None or len(argv) != (3 if option else 2):
        raise UsageError("usage: python -m muslfall.libc.syscalls [--numbers | --page] TOML OUT")
    toml, out = map(Path, argv[-2:])
    write(out, make(load(toml)))
    return 0


if __name__ == "__main__":
    guard.end(main)
