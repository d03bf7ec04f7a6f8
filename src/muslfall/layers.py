"""The table of packages in ARCHITECTURE.md, from layers.toml: `python -m muslfall.layers`."""

from __future__ import annotations

import sys
from pathlib import Path

from muslfall.base.errors import MuslfallError, UsageError
from muslfall.base.guard import guarded
from muslfall.base.tables import read_toml

DATA = Path("src/muslfall/layers.toml")
PAGE = Path("ARCHITECTURE.md")
BEGIN = "<!-- layers: made by python -m muslfall.layers -->\n\n"
END = "\n<!-- /layers -->\n"


def table(root: Path) -> str:
    """The rows in Markdown, from the lowest package to the highest.

    Raises MuslfallError: layers.toml cannot be read.
    """
    rows = ["| package | what it is | may import |", "| --- | --- | --- |"]
    for name, layer in read_toml(root / DATA, root).items():
        imports = ", ".join(layer["imports"]) or "nothing"
        rows.append(f"| {name} | {layer['is']} | {imports} |")
    return "\n".join(rows) + "\n"


def filled(page: str, rows: str) -> str:
    """`page` with `rows` between its two marks. Raises MuslfallError: a mark is missing."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise MuslfallError("has no place for the table of packages", PAGE, f"write {BEGIN}{END}")
    return before + begin + rows + end + after


def main(argv: list[str]) -> int:
    """Write the table into the page, in the current folder."""
    if argv:
        raise UsageError("takes no arguments", "python -m muslfall.layers")
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), table(Path.cwd())), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(guarded(main, sys.argv[1:]))
