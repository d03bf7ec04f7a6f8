"""Text out of a module, as both loaders show it: what could forge a line is escaped.

escaped of arch/wasm32/loader/text.mjs has the same characters.
"""

from __future__ import annotations

#: Unicode's category Cc, the line and paragraph separators, what changes the direction of writing,
#: lone surrogates: ranges of code points.
CONTROL = (
    (0, 0x1F), (0x7F, 0x9F), (0x61C, 0x61C), (0x200E, 0x200F), (0x2028, 0x202E), (0x2066, 0x2069),
    (0xD800, 0xDFFF),
)  # fmt: skip


def escaped(text: str) -> str:
    """The text, each such character as \\xHH or \\u{HHHH}."""
    if text.isprintable():
        return text
    return "".join(_escape(ord(character)) or character for character in text)


def _escape(code: int) -> str | None:
    if not any(first <= code <= last for first, last in CONTROL):
        return None
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{{{code:x}}}"
