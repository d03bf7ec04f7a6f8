"""The wishes of a test of GCC's suites: the DejaGnu directives in its source, and its .x file.

Only those directives are read that say how a test is compiled and whether it applies to this
target: dg-options, dg-additional-options, dg-require-effective-target, dg-require-*, dg-skip-if and
dg-xfail-*. The rest says what to look for in GCC's own messages and dumps.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from muslfall.base.errors import MuslfallError

#: The target as DejaGnu writes it.
TARGET = "wasm32-unknown-unknown"
#: Effective targets (GCC's doc/sourcebuild.texi) that clang for wasm32 with musl is.
PRESENT = frozenset([
    "alloca", "c99_runtime", "double64", "double64plus", "fileio", "fpic", "ilp32",
    "indirect_jumps", "int32", "int32plus", "int128", "label_values", "longlong64", "mmap",
    "signal", "size32plus", "stdint_types", "unwrapped",
])  # fmt: skip
#: Effective targets that it is not, each with the reason why a test that requires it is left out.
ABSENT = {
    "trampolines": "nested functions are an extension that clang does not have",
    "untyped_assembly": "calls functions with other types than they have; wasm's calls are typed",
    "return_address": "__builtin_return_address: wasm code cannot see its return addresses",
    "dfp": "decimal floating point, which clang does not have",
    "freestanding": "there is a libc",
    "coldfire_fpu": "another target",
    "hard_float": "another target",
    "ia32": "another target",
    "newlib_nano_io": "another libc",
    "ti_c67x": "another target",
    "vxworks_kernel": "another system",
}
#: dg-require-* of their own that hold here; the stack is 8 MiB.
REQUIREMENTS = ("alias", "stack-size", "weak")

DIRECTIVE = re.compile(r"\{\s*dg-([a-z-]+)\s*(.*)\}\s*(\*/)?\s*$")
ISTARGET = re.compile(r'\[\s*istarget\s+("[^"]*"|[^"\]\s]+)\s*\]')
EFFECTIVE = re.compile(r"\[\s*check_effective_target_(\w+)\s*\]")
COMMAND = re.compile(r"\[[^\[\]]*\]")


@dataclass
class Wishes:
    """flags: for the compiler. absent: why the test does not apply here; "": it does."""

    flags: list[str] = field(default_factory=list)
    absent: str = ""

    def leave_out(self, reason: str) -> None:
        """The first reason stands."""
        self.absent = self.absent or reason


def split(text: str) -> list[str]:
    """A Tcl list's elements: bare words, "quoted" ones, and {braced} ones, that may nest."""
    items = []
    rest = text.strip()
    while rest:
        if rest[0] == "{":
            item, rest = _braced(rest)
        elif rest[0] == '"':
            item, _, rest = rest[1:].partition('"')
        else:
            item, _, rest = rest.partition(" ")
        items.append(item)
        rest = rest.strip()
    return items


def _braced(text: str) -> tuple[str, str]:
    """The content of the braces that the text begins with, and what follows them."""
    depth = 0
    for at, letter in enumerate(text):
        depth += (letter == "{") - (letter == "}")
        if depth == 0:
            return text[1:at].strip(), text[at + 1 :]
    raise MuslfallError(f"braces do not match: {text}")


def is_effective(name: str) -> bool:
    """Whether this target is of a kind. Raises MuslfallError: the name is in neither table."""
    if name in PRESENT:
        return True
    if name in ABSENT:
        return False
    raise MuslfallError(f"effective target {name!r} is not known", "muslfall.suites.dejagnu")


def selects(selector: str) -> bool:
    """Whether a target selector means this target: patterns and kinds, !, && and ||."""
    items = split(selector)
    if "||" in items:
        return any(selects(_joined(part)) for part in _parts(items, "||"))
    if "&&" in items:
        return all(selects(_joined(part)) for part in _parts(items, "&&"))
    if items[:1] == ["!"]:
        return not selects(_joined(items[1:]))
    return any(_is_selected(item) for item in items)


def _is_selected(item: str) -> bool:
    if " " in item or item.startswith("!"):
        return selects(item)
    return fnmatchcase(TARGET, item) if "-" in item else is_effective(item)


def _joined(items: Sequence[str]) -> str:
    return " ".join(f"{{{item}}}" if " " in item else item for item in items)


def _parts(items: Sequence[str], separator: str) -> Iterator[list[str]]:
    part: list[str] = []
    for item in items:
        if item == separator:
            yield part
            part = []
        else:
            part.append(item)
    yield part


def directives(source: str) -> Iterator[tuple[str, list[str]]]:
    """The directives of a test, each with its arguments."""
    for line in source.splitlines():
        found = DIRECTIVE.search(line)
        if found:
            yield found[1], split(found[2])


def read(source: str, options: Sequence[str]) -> Wishes:
    """The wishes of a test's directives, when it is compiled with these options."""
    wishes = Wishes()
    for name, arguments in directives(source):
        if name in ("options", "additional-options") and _applies(arguments[1:]):
            wishes.flags += split(arguments[0])
        elif name == "require-effective-target" and not selects(arguments[0]):
            wishes.leave_out(ABSENT[arguments[0]])
        elif name == "require-effective-target":
            continue
        elif name.startswith("require-") and name.removeprefix("require-") not in REQUIREMENTS:
            raise MuslfallError(f"dg-{name} is not known", "muslfall.suites.dejagnu")
        elif name in ("skip-if", "xfail-if", "xfail-run-if") and _meant(arguments, options):
            wishes.leave_out(arguments[0] or "for another target")
    return wishes


def _applies(arguments: Sequence[str]) -> bool:
    """The selector that may follow a flag: { target SELECTOR }."""
    return all(selects(item.removeprefix("target")) for item in arguments)


def _meant(arguments: Sequence[str], options: Sequence[str]) -> bool:
    """Whether COMMENT SELECTOR [INCLUDE [EXCLUDE]] means a test with these options."""
    _, selector, *lists = arguments
    include, exclude = ([*lists, "*", ""] if not lists else [*lists, ""])[:2]
    return (
        selects(selector)
        and any(_has_flags(item, options) for item in split(include))
        and not any(item and _has_flags(item, options) for item in split(exclude))
    )


def _has_flags(item: str, options: Sequence[str]) -> bool:
    """Whether every flag of a list, each a pattern, is among the options."""
    return item == "*" or all(
        any(fnmatchcase(option, flag) for option in options) for flag in item.split()
    )


def read_x(script: str) -> Wishes:
    """The wishes of a .x file: Tcl, of which `if`, `lappend additional_flags` and `return`
    count."""
    wishes = Wishes()
    inside: list[bool] = []
    for line in script.splitlines():
        line = line.strip()
        if line.startswith("#"):
            continue
        if line.startswith("if"):
            inside.append(_condition(line[2:].strip().removesuffix("{").strip()))
        elif line == "}":
            inside.pop()
        elif line.endswith("{"):
            inside.append(True)
        elif all(inside) and line.startswith("lappend additional_flags"):
            wishes.flags += split(line.removeprefix("lappend additional_flags"))
        elif all(inside) and line.startswith("return"):
            if line != "return 0":
                wishes.leave_out("its .x file leaves this target out")
            break
    return wishes


def _condition(text: str) -> bool:
    """A Tcl condition of istarget, check_effective_target_* and string-match, !, && and ||."""
    text = text.removeprefix("{").removesuffix("}") if text.startswith("{") else text
    text = ISTARGET.sub(lambda found: str(fnmatchcase(TARGET, found[1].strip('"'))), text)
    text = EFFECTIVE.sub(lambda found: str(is_effective(found[1])), text)
    words = COMMAND.sub("False", text).replace("&&", " && ").replace("||", " || ").split()
    return any(all(_term(term) for term in _parts(part, "&&")) for part in _parts(words, "||"))


def _term(words: Sequence[str]) -> bool:
    text = "".join(words)
    value = text.lstrip("!")
    if value not in ("True", "False"):
        raise MuslfallError(f"condition {text!r} is not understood", "muslfall.suites.dejagnu")
    return (value == "True") != bool((len(text) - len(value)) % 2)
