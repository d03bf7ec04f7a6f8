"""The command line: finds the command, runs it, and maps errors to messages and exit codes.

Exit codes: 0 done; 1 it failed; 2 the command line is wrong; 130 interrupted; or the code
that a command returns, such as a program's own.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path
from types import ModuleType

from muslfall import __version__
from muslfall.base.errors import UsageError
from muslfall.base.guard import guarded

COMMANDS = "muslfall.commands"


def command_names() -> list[str]:
    """The names of all commands, sorted: one module each in the folder commands."""
    folder = Path(__file__).parent / "commands"
    names = (path.stem for path in folder.glob("*.py") if not path.stem.startswith("_"))
    return sorted(name.replace("_", "-") for name in names)


def load_command(name: str) -> ModuleType:
    """The module of the command `name`. Raises UsageError when there is none."""
    if name not in command_names():
        known = ", ".join(command_names())
        raise UsageError("no such command", where=name, hint=f"one of: {known}")
    return importlib.import_module(f"{COMMANDS}.{name.replace('-', '_')}")


def summary(module: ModuleType) -> str:
    """The first line of a command's docstring, as the overview prints it."""
    return (module.__doc__ or "").strip().partition("\n")[0].rstrip(".")


def overview() -> str:
    """The text of `muslfall --help`: every command in one line."""
    names = command_names()
    width = max(map(len, names), default=0)
    lines = [f"  {name:<{width}}  {summary(load_command(name))}" for name in names]
    return "\n".join(
        [
            "usage: muslfall COMMAND [ARGUMENT...]",
            "",
            "Builds an unmodified musl libc for WebAssembly with any pinned toolchain.",
            "",
            "commands:",
            *lines,
            "",
            "muslfall COMMAND --help explains a command, with an example.",
            "muslfall --version prints the version.",
        ]
    )


def make_parser(name: str, module: ModuleType, argv: list[str]) -> argparse.ArgumentParser:
    """The argument parser of one command, its help ending with the command's example.

    A command module's details(), when it has that, is more for the help, made only for it.
    """
    description = (module.__doc__ or "").strip()
    if {"-h", "--help"} & set(argv) and hasattr(module, "details"):
        description += "\n\n" + module.details()
    parser = argparse.ArgumentParser(
        prog=f"muslfall {name}",
        description=description,
        epilog=f"example:\n  {module.EXAMPLE}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    module.add_arguments(parser)
    return parser


def parse(name: str, module: ModuleType, argv: list[str]) -> argparse.Namespace:
    """Parse the arguments of a command.

    A command module with PASS_THROUGH = True gets the arguments that it does not know
    itself as `args.rest`; one with SPLIT = True gets what stands behind the first -- as
    `args.arguments`, and its own in any order.
    """
    parser = make_parser(name, module, argv)
    if getattr(module, "PASS_THROUGH", False):
        args, args.rest = parser.parse_known_args(argv)
        return args
    if getattr(module, "SPLIT", False):  # argparse forgets where the -- stood
        end = argv.index("--") if "--" in argv else len(argv)
        args = parser.parse_intermixed_args(argv[:end])
        args.arguments = argv[end + 1 :]
        return args
    try:
        return parser.parse_intermixed_args(argv)  # options and words in any order
    except TypeError:  # not where there are actions, each with arguments of its own
        return parser.parse_args(argv)


def run_command(name: str, argv: list[str]) -> int:
    """Parse `argv` and run the command."""
    module = load_command(name)
    return int(module.run(parse(name, module, argv)) or 0)


def dispatch(argv: list[str]) -> int:
    """Run what `argv` asks for: an overview, the version, or a command."""
    if not argv:
        print(overview(), file=sys.stderr)
        return 2
    if argv[0] in ("-h", "--help", "help"):
        print(overview())
        return 0
    if argv[0] in ("-V", "--version"):
        print(f"muslfall {__version__}")
        return 0
    return run_command(argv[0], argv[1:])


def main(argv: list[str] | None = None) -> int:
    """Run the command line `argv` (default: the process's own); returns the exit code."""
    return guarded(dispatch, sys.argv[1:] if argv is None else argv)
