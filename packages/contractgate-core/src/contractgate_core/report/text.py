"""Text for people: what is safe on a terminal, and how it is coloured."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["Paint", "coloured", "counted", "plain", "printable"]

Paint = Callable[[str, str], str]
"""Called with the name of a style and a text; returns the text in that style."""

_STYLES = {"good": "32", "bad": "1;31", "odd": "1;33", "place": "1", "rule": "36", "dim": "2"}
_LONGEST = 500


def plain(_: str, text: str) -> str:
    """Return a text unchanged."""
    return text


def coloured(style: str, text: str) -> str:
    """Wrap a text in the terminal's codes for a style."""
    return f"\x1b[{_STYLES[style]}m{text}\x1b[0m"


def printable(text: str) -> str:
    """Make a text from outside safe to print on one line.

    Control characters, including those that could change the terminal, are escaped, and a text that
    is too long to read is cut.
    """
    if len(text) > _LONGEST:
        text = f"{text[:_LONGEST]}… ({len(text) - _LONGEST:,} more characters)"
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else f"\\u{{{ord(char):x}}}" for char in text)


def counted(number: int, noun: str) -> str:
    """Write a number with its noun: `1 event`, `3,000 events`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
