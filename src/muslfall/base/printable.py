"""Text as it may be printed: what drives a terminal, or forges a line, is escaped."""

from __future__ import annotations

#: Characters of a value that a message shows at most.
SHOWN = 120


def printable(text: object) -> str:
    """The text on one line: control characters, bidirectional marks, lone surrogates and line
    breaks as Python writes them in a string, such as \\x1b."""
    text = str(text)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def printable_lines(text: str) -> str:
    """The same for a text of many lines, which stay: they are those that \\n ends."""
    return "\n".join(printable(line.expandtabs()) for line in text.split("\n"))


def last_line(text: str) -> str:
    """The last line of a text that is not blank, without the blanks around it; "" if none is."""
    lines = text.strip().splitlines()
    return lines[-1].strip() if lines else ""


def shown(value: object, most: int = SHOWN) -> str:
    """A value out of a file, for a message: its repr, no more than `most` characters of it."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # an integer of more digits than Python writes
        return f"<{type(value).__name__}>"
    return text if len(text) <= most else f"{text[:most]}…"
