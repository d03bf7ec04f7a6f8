"""A picture of ratios: one bar to the left or right of 1 for each, as SVG."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from xml.sax.saxutils import escape

#: Pixels.
WIDTH, LEFT, ROW, BAR, MARGIN = 900, 190, 17, 7, 30
#: The ratios at the left and the right end.
LOW, HIGH = 0.25, 16
COLOURS = ("#2b6cb0", "#38a169")
TICKS = (0.25, 0.5, 0.7, 1, 2, 4, 8, 16)


@dataclass(frozen=True)
class Bars:
    """One row. values: what each bar is, and its ratio."""

    group: str
    name: str
    values: list[tuple[str, float]]


def x(ratio: float) -> float:
    """Where a ratio stands: logarithmic, so that half as fast is as far as twice as fast."""
    part = math.log(min(max(ratio, LOW), HIGH) / LOW) / math.log(HIGH / LOW)
    return LEFT + part * (WIDTH - LEFT - MARGIN)


def svg(title: str, bars: Sequence[Bars], least: float) -> str:
    """The picture; what is below least is red."""
    body: list[str] = []
    top = 60
    for group, rows in groupby(bars, key=lambda row: row.group):
        top += ROW
        body.append(_text(MARGIN / 2, top, group, "bold"))
        for row in rows:
            top += ROW
            body += _row(row, top, least)
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{top + MARGIN}" '
        'font-family="sans-serif" font-size="11">',
        '<rect width="100%" height="100%" fill="white"/>',
        _text(MARGIN / 2, 22, title, "bold"),
        *_legend(bars),
    ]
    lines = [_tick(ratio, top + 6) for ratio in TICKS]
    return "\n".join([*head, *lines, *body, "</svg>", ""])


def _legend(bars: Sequence[Bars]) -> Iterator[str]:
    names = [name for name, _ in bars[0].values] if bars else []
    for place, name in enumerate(names):
        at = WIDTH - MARGIN - 80 * (len(names) - place)
        yield f'<rect x="{at}" y="30" width="10" height="10" fill="{COLOURS[place % 2]}"/>'
        yield _text(at + 14, 39, name)


def _tick(ratio: float, bottom: float) -> str:
    at, colour = round(x(ratio), 1), "#000" if ratio == 1 else "#ccc"
    line = f'<line x1="{at}" x2="{at}" y1="56" y2="{bottom}" stroke="{colour}"/>'
    return line + _text(at - 6, 52, f"{ratio:g}")


def _row(row: Bars, top: float, least: float) -> Iterator[str]:
    yield _text(MARGIN, top, row.name)
    for place, (what, ratio) in enumerate(row.values):
        start, end = sorted((x(1), x(ratio)))
        colour = "#c53030" if ratio < least else COLOURS[place % 2]
        yield (
            f'<rect x="{start:.1f}" y="{top - 11 + place * BAR}" width="{end - start:.1f}" '
            f'height="{BAR - 1}" fill="{colour}"><title>{escape(row.name)}, {what}: {ratio:.2f}'
            "</title></rect>"
        )


def _text(at: float, y: float, text: str, weight: str = "normal") -> str:
    return f'<text x="{at:.1f}" y="{y:.1f}" font-weight="{weight}">{escape(text)}</text>'
