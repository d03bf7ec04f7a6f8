"""The syscall table: from syscalls.toml to the kernel's dispatch and to musl's syscall.h.in."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

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
    """Read a syscalls.toml; ValueError lists everything that is wrong in it."""
    return parse(tomllib.loads(path.read_text(encoding="utf-8")), str(path))


def parse(data: dict[str, Any], where: str = "syscalls.toml") -> Table:
    """Check a parsed syscalls.toml and return its Table; ValueError lists all problems."""
    rows = [_row(entry) for entry in data.get("syscall", [])]
    aliases = dict(data.get("aliases", {}))
    problems = [f"{row.name}: {what}" for row in rows for what in _problems(row)]
    problems += _order_problems(rows)
    names = {row.name for row in rows}
    problems += [
        f"alias {new}: no syscall {old}" for new, old in aliases.items() if old not in names
    ]
    if problems or not rows:
        raise ValueError(f"{where}: " + ("; ".join(problems) or "no syscalls"))
    return Table(tuple(rows), aliases)


def _row(entry: dict[str, Any]) -> Syscall:
    args = tuple(arg.strip() for arg in entry["args"].split(",") if arg.strip())
    return Syscall(entry["number"], entry["name"], args, entry["state"], entry.get("answer"))


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
        f"{count['done']} are done, {count['answered']} always give the answer shown, and",
        f"{count['ENOSYS']} are ENOSYS. An `off_t` takes two words, low first.",
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
        print(
            "usage: python -m muslfall.libc.syscalls [--numbers | --page] TOML OUT", file=sys.stderr
        )
        return 2
    toml, out = map(Path, argv[-2:])
    out.write_text(make(load(toml)), encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
