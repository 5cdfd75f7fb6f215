"""Measurements as an SVG drawing: how fast each peer is from bytes, all events good."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from measure import Measurement
from table import cells

__all__ = ["plot"]

_COLOURS = ("#1a7f5a", "#b5462f", "#5b7db1", "#8a6fae", "#b08a3c", "#8c8c8c")
_LEFT, _WIDTH, _BAR, _GAP = 170, 520, 14, 18


def plot(measurements: Sequence[Measurement], names: Sequence[str]) -> str:
    """Draw bars of events a second, each workload scaled by its fastest bar.

    Args:
        measurements: What was measured.
        names: The peers that are drawn, in order.
    """
    parts: list[str] = []
    y = 30
    for (task, workload, bad), times in cells(measurements).items():
        if task != "lines" or bad:
            continue
        drawn = [(name, times[name]) for name in names if name in times]
        best = min(ns for _, ns in drawn)
        parts.append(_text(10, y + _BAR, workload, weight="bold"))
        for name, ns in drawn:
            colour = _COLOURS[names.index(name)]
            width = max(1, round(_WIDTH * best / ns))
            parts.append(
                f'<rect x="{_LEFT}" y="{y}" width="{width}" height="{_BAR}" fill="{colour}"/>'
            )
            label = f"{name}: {1e3 / ns:.3g} million events/s"
            inside = width > _WIDTH // 2
            x, fill = (_LEFT + 6, "white") if inside else (_LEFT + width + 6, "#333")
            parts.append(_text(x, y + _BAR - 3, label, fill=fill))
            y += _BAR + 2
        y += _GAP
    title = _text(10, 18, "NDJSON bytes to verdicts, all events good, one core", weight="bold")
    size = f'width="{_LEFT + _WIDTH + 200}" height="{y}"'
    font = 'font-family="sans-serif" font-size="11"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} {font}>'
    paper = '<rect width="100%" height="100%" fill="white"/>'
    return "\n".join([head, paper, title, *parts, "</svg>\n"])


def _text(x: int, y: int, text: str, *, fill: str = "#333", weight: str = "normal") -> str:
    return f'<text x="{x}" y="{y}" fill="{fill}" font-weight="{weight}">{escape(text)}</text>'
