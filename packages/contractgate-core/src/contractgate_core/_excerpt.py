"""So much of a long text as is quoted in what people read."""

from __future__ import annotations

__all__ = ["excerpt"]

_MOST_QUOTED = 160


def excerpt(text: str, position: int = 0, most: int = _MOST_QUOTED) -> str:
    """Return a text, or so much of a long one around a place as is quoted in what people read.

    Args:
        text: The text.
        position: The place that has to be seen, in characters from 0.
        most: How many characters are quoted.
    """
    if len(text) <= most:
        return text
    start = max(0, min(position - most // 2, len(text) - most))
    end = start + most
    before, after = "…" if start else "", "…" if end < len(text) else ""
    return f"{before}{text[start + len(before) : end - len(after)]}{after}"
