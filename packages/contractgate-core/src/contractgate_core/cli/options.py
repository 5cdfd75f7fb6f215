"""Options that several commands share."""

from __future__ import annotations

import argparse
import math
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
    parser.add_argument(
        "--color",
        choices=("auto", "always", "never"),
        default="auto",
        help="whether text is coloured; auto does so on a terminal, unless NO_COLOR is set, and "
        "where FORCE_COLOR is (default: auto)",
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
    """Read a time: whole Unix seconds, or a date and time of ISO 8601 with its offset."""
    digits = text[1:] if text.startswith("-") else text
    if digits.isascii() and digits.isdigit() and len(digits) < 19:
        return int(text)
    import datetime  # most are given seconds, or none

    try:
        # Python reads `Z` since 3.11.
        moment = datetime.datetime.fromisoformat(
            f"{text[:-1]}+00:00" if text[-1:] in "Zz" else text
        )
    except ValueError:
        moment = datetime.datetime.min
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError(
            "expected whole Unix seconds, such as 1712000100, or a time with its offset, such as "
            f"2024-04-01T19:35:00Z, got '{text}'"
        )
    return math.floor(moment.timestamp())
