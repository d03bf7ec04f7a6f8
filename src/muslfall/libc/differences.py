"""The differences from Linux on purpose: from differences.toml to the page that users read."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

KEYS = ("title", "host", "linux", "muslfall", "reason", "test")
#: The table's `host`, as the page says it; the page has them in this order.
HOSTS = {"all": "In every host", "v8": "In V8", "wasmtime": "In wasmtime"}


def load(path: Path) -> list[dict[str, str]]:
    """The differences in a file, in its order.

    Raises ValueError: the file is no TOML, or a difference has other keys than KEYS, is empty
    somewhere, or names a host that is none.
    """
    found: list[dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8")).get(
        "difference", []
    )
    problems = [
        f"{path}: difference {n}: {what}" for n, one in enumerate(found, 1) for what in wrong(one)
    ]
    if problems or not found:
        raise ValueError("; ".join(problems) or f"{path}: no [[difference]]")
    return found


def wrong(one: dict[str, Any]) -> list[str]:
    """The faults of one difference."""
    if sorted(one) != sorted(KEYS):
        return [f"has {', '.join(sorted(one))} and not {', '.join(sorted(KEYS))}"]
    found = [
        f"{key} is empty or no text"
        for key in KEYS
        if not isinstance(one[key], str) or not one[key]
    ]
    return found + (
        [f"host {one['host']!r} is none of {', '.join(HOSTS)}"] if one["host"] not in HOSTS else []
    )


def page(differences: list[dict[str, str]]) -> str:
    """The page, in Markdown; differences: as load has them."""
    lines = [
        "# Differences from Linux",
        "",
        "Made from differences.toml by `python -m muslfall.libc.differences`. All else is",
        "meant to be as on Linux: where it is not, that is a fault.",
    ]
    for host, heading in HOSTS.items():
        lines += ["", f"## {heading}"]
        for one in differences:
            if one["host"] == host:
                lines += ["", *entry(one)]
    return "\n".join(lines) + "\n"


def entry(one: dict[str, str]) -> list[str]:
    """The lines of one difference."""
    return [
        f"### {one['title']}",
        "",
        f"- On Linux: {one['linux']}",
        f"- Here: {one['muslfall']}",
        f"- Why: {one['reason']}",
        f"- Test: [{one['test']}](../../{one['test']})",
    ]


def main(argv: list[str]) -> int:
    """Write the page from TOML to OUT."""
    if len(argv) != 2:
        print("usage: python -m muslfall.libc.differences TOML OUT", file=sys.stderr)
        return 2
    try:
        text = page(load(Path(argv[0])))
        Path(argv[1]).write_text(text, encoding="utf-8", newline="\n")
    except (OSError, ValueError) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
