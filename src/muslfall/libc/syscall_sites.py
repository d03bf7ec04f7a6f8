"""The calls of some functions in an assembly, and their first argument where it is a number.

Read from clang's text for wasm: a function's instructions, each of which takes so many values from
the stack and puts so many onto it (the core specification's). From a call backwards, the
instruction that put down the deepest of its arguments is the first argument.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

TYPE = re.compile(r"^\s*\.functype\s+(\S+) \((.*)\) -> \((.*)\)", re.MULTILINE)
#: An alias, and how it is written before LLVM 18.
ALIAS = re.compile(r"^(?:\.set )?([^\s,]+)(?: =|,) (\S+)$", re.MULTILINE)
UNARY = re.compile(
    r"[if](32|64)\.(eqz|clz|ctz|popcnt|abs|neg|ceil|floor|trunc|trunc_\w+|nearest|sqrt|wrap_i64"
    r"|extend\w*|convert\w*|promote\w*|demote\w*|reinterpret\w*|load\w*)"
)
BINARY = re.compile(
    r"[if](32|64)\.(add|sub|mul|div\w*|rem\w*|and|or|xor|shl|shr\w*|rot[lr]|eq|ne|[lg][te]\w*"
    r"|min|max|copysign)"
)
STORE = re.compile(r"[if](32|64)\.store\w*")
#: Instruction to the values that it takes and gives.
OTHERS = {
    "local.get": (0, 1), "global.get": (0, 1), "memory.size": (0, 1), "i32.const": (0, 1),
    "i64.const": (0, 1), "f32.const": (0, 1), "f64.const": (0, 1), "local.tee": (1, 1),
    "local.set": (1, 0), "global.set": (1, 0), "drop": (1, 0), "memory.copy": (3, 0),
    "memory.fill": (3, 0), "memory.grow": (1, 1), "select": (3, 1), "i32.select": (3, 1),
    "i64.select": (3, 1), "f32.select": (3, 1), "f64.select": (3, 1),
}  # fmt: skip

Effect = tuple[int, int]


@dataclass(frozen=True)
class Site:
    """A call. number: its first argument; None if that is not a plain constant. (A word, where
    somebody knows better.)"""

    callee: str
    number: int | str | None


def sites(assembly: str, callees: re.Pattern[str]) -> list[Site]:
    """The calls, in their order, of the functions whose whole name matches."""
    effects = function_effects(assembly)
    code = list(instructions(assembly))
    return [
        Site(argument, first_argument(code, at, effects))
        for at, (name, argument) in enumerate(code)
        if name == "call" and callees.fullmatch(argument)
    ]


def function_effects(assembly: str) -> dict[str, Effect]:
    """Function to the values that a call takes and gives, by the types in the text."""
    found = {
        name: (_count(params), _count(results)) for name, params, results in TYPE.findall(assembly)
    }
    for name, target in ALIAS.findall(assembly):
        if target in found:
            found.setdefault(name, found[target])
    return found


def _count(types: str) -> int:
    return len([word for word in types.split(",") if word.strip()])


def instructions(assembly: str) -> Iterator[tuple[str, str]]:
    """Instructions and their operands; directives are left out, labels are kept."""
    for line in assembly.splitlines():
        words = line.partition("#")[0].split(None, 1)
        if words and (not words[0].startswith(".") or words[0].endswith(":")):
            yield words[0], words[1].strip() if len(words) > 1 else ""


def first_argument(
    code: list[tuple[str, str]], call: int, effects: Mapping[str, Effect]
) -> int | None:
    """The first argument of the call at that place, if it is a constant of its basic block."""
    wanted = effects.get(code[call][1], (0, 0))[0]
    for name, operand in reversed(code[:call]):
        effect = effects.get(operand) if name == "call" else effect_of(name)
        if effect is None:
            return None  # where control comes from or goes to, or something unknown
        takes, gives = effect
        if gives and wanted == 1:
            return int(operand) if name == "i32.const" and is_number(operand) else None
        wanted += takes - gives
    return None


def is_number(operand: str) -> bool:
    """Whether a constant's operand is a number, not an address."""
    return operand.lstrip("-").isdigit()


def effect_of(name: str) -> Effect | None:
    """The values that an instruction takes and gives; None for control and for unknown ones."""
    if name in OTHERS:
        return OTHERS[name]
    if UNARY.fullmatch(name):
        return 1, 1
    if BINARY.fullmatch(name):
        return 2, 1
    return (2, 0) if STORE.fullmatch(name) else None
