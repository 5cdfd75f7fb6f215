"""Measurements as an SVG drawing: how fast each peer is from bytes, a column for each share of bad.

Each workload is scaled by its fastest bar.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from measure import Measurement
from table import cells

__all__ = ["plot"]

_COLOURS = ("#1a7f5a", "#b5462f", "#5b7db1", "#8a6fae", "#b08a3c", "#8c8c8c")
_COLUMNS = {0.0: "all events good", 0.05: "5 % of them bad", 1.0: "all events bad"}
_LEFT, _WIDTH, _COLUMN, _BAR, _GAP, _TOP = 90, 240, 330, 14, 18, 44


def plot(measurements: Sequence[Measurement], names: Sequence[str]) -> str:
    """Draw bars of events a second.

    Args:
        measurements: What was measured.
        names: The peers that are drawn, in order.
    """
    found = {
        (workload, bad): {name: times[name] for name in names if name in times}
        for (task, workload, bad), times in cells(measurements).items()
        if task == "lines" and bad in _COLUMNS
    }
    parts = [_text(10, 18, "NDJSON bytes to verdicts, every violation named, one core", bold=True)]
    parts += [
        _text(_LEFT + column * _COLUMN, _TOP - 8, title, bold=True)
        for column, title in enumerate(_COLUMNS.values())
    ]
    y = _TOP
    for workload in dict.fromkeys(workload for workload, _ in found):
        parts.append(_text(10, y + _BAR, workload, bold=True))
        best = min(min(found.get((workload, bad), {"": 1e18}).values()) for bad in _COLUMNS)
        for column, bad in enumerate(_COLUMNS):
            times = found.get((workload, bad), {})
            parts += _bars(times, names, best, _LEFT + column * _COLUMN, y)
        y += (_BAR + 2) * len(names) + _GAP
    size = f'width="{_LEFT + len(_COLUMNS) * _COLUMN}" height="{y}"'
    font = 'font-family="sans-serif" font-size="11"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} {font}>'
    paper = '<rect width="100%" height="100%" fill="white"/>'
    return "\n".join([head, paper, *parts, "</svg>\n"])


def _bars(
    times: Mapping[str, float], names: Sequence[str], best: float, x: int, y: int
) -> Iterator[str]:
    """Draw one workload in one column."""
    for name, ns in times.items():
        width = max(1, round(_WIDTH * best / ns))
        colour = _COLOURS[names.index(name)]
        yield f'<rect x="{x}" y="{y}" width="{width}" height="{_BAR}" fill="{colour}"/>'
        label = f"{name}: {1e3 / ns:.3g} million/s"
        is_inside = width > _WIDTH * 0.6
        at, fill = (x + 6, "white") if is_inside else (x + width + 6, "#333")
        yield _text(at, y + _BAR - 3, label, fill=fill)
        y += _BAR + 2


def _text(x: int, y: int, text: str, *, fill: str = "#333", bold: bool = False) -> str:
    weight = "bold" if bold else "normal"
    return f'<text x="{x}" y="{y}" fill="{fill}" font-weight="{weight}">{escape(text)}</text>'
