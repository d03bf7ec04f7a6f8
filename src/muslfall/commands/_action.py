"""One action of a command that has several: `./muslfall COMMAND ACTION`."""

from __future__ import annotations

import argparse
from collections.abc import Callable


def add(actions, name: str, text: str, act: Callable, example: str) -> argparse.ArgumentParser:
    """Add the parser of an action to `actions`, which `add_subparsers` gave.

    text: the description, whose first line is the action in one sentence. act: what runs it, with
    the parsed arguments, which have it as `act`. example: a command line that works when pasted.
    """
    first = text.partition("\n")[0]
    parser = actions.add_parser(
        name,
        help=first.rstrip("."),
        description=text,
        allow_abbrev=False,
        epilog=f"example:\n  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(act=act)
    return parser
