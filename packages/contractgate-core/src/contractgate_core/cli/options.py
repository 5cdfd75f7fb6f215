"""Options that several commands share."""

from __future__ import annotations

import argparse
import os

__all__ = [
    "FAILURES_SHOWN",
    "add_format",
    "add_quiet",
    "natural_number",
    "processes",
    "unix_seconds",
]

_MOST_PROCESSES = 256

FAILURES_SHOWN = 20
"""So many failing records are written as text, unless more are asked for."""


def add_format(parser: argparse.ArgumentParser) -> None:
    """Add `--format`."""
    parser.add_argument(
        "--format",
        choices=("human", "json"),
        default="human",
        help="how to write the results: text to read, or one JSON document (default: human)",
    )


def add_quiet(parser: argparse.ArgumentParser, what: str) -> None:
    """Add `--quiet`, with what it leaves."""
    parser.add_argument("-q", "--quiet", action="store_true", help=what)


def natural_number(text: str) -> int:
    """Read a number from 0."""
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise argparse.ArgumentTypeError(f"expected a whole number from 0, got '{text}'")
    return int(text)


def processes(text: str) -> int:
    """Read a number of processes, or `auto` for one a processor that this one may use."""
    if text == "auto":
        try:
            return len(os.sched_getaffinity(0))
        except AttributeError:  # not on every system
            return os.cpu_count() or 1
    number = natural_number(text)
    if not 1 <= number <= _MOST_PROCESSES:
        raise argparse.ArgumentTypeError(
            f"expected a number from 1 to {_MOST_PROCESSES}, or auto, got '{text}'"
        )
    return number


def unix_seconds(text: str) -> int:
    """Read a time."""
    digits = text[1:] if text.startswith("-") else text
    if not (digits.isascii() and digits.isdigit() and len(digits) < 19):
        raise argparse.ArgumentTypeError(
            f"expected whole Unix seconds, such as 1712000100, got '{text}'"
        )
    return int(text)
