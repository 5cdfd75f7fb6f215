"""The part of a long text that is quoted in messages."""

from __future__ import annotations

__all__ = ["excerpt"]

_MOST_QUOTED = 160


def excerpt(text: str, position: int = 0, most: int = _MOST_QUOTED) -> str:
    """Return a text, or the part of a long one around a position that is quoted in messages.

    Args:
        text: The text.
        position: The position that must be visible, in characters from 0.
        most: How many characters are quoted at most.
    """
    if len(text) <= most:
        return text
    start = max(0, min(position - most // 2, len(text) - most))
    end = start + most
    before, after = "…" if start else "", "…" if end < len(text) else ""
    return f"{before}{text[start + len(before) : end - len(after)]}{after}"
