"""Options that several commands share."""

from __future__ import annotations

import argparse
import os
import re

__all__ = [
    "FAILURES_SHOWN",
    "add_color",
    "add_format",
    "add_quiet",
    "natural_number",
    "processes",
    "unix_seconds",
]

_MOST_PROCESSES = 256

# Before 3.11, Python itself does not read all of these. Fractions of a second are ignored.
_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d(?::\d\d)?)(?:[.,]\d+)?([Zz]|[+-]\d\d:?\d\d)", re.ASCII
)

FAILURES_SHOWN = 20
"""How many failing records are written as text, unless more are asked for."""


def add_format(parser: argparse.ArgumentParser) -> None:
    """Add `--format`."""
    parser.add_argument(
        "--format",
        choices=("human", "json"),
        default="human",
        help="how to write the results: text to read, or one JSON document (default: human)",
    )
    add_color(parser)


def add_color(parser: argparse.ArgumentParser) -> None:
    """Add `--color`."""
    parser.add_argument(
        "--color",
        choices=("auto", "always", "never"),
        default="auto",
        help="whether text is coloured; auto does so on a terminal, unless NO_COLOR is set, and "
        "where FORCE_COLOR is (default: auto)",
    )


def add_quiet(parser: argparse.ArgumentParser, what: str) -> None:
    """Add `--quiet`, with what it still writes."""
    parser.add_argument("-q", "--quiet", action="store_true", help=what)


def natural_number(text: str) -> int:
    """Read a number from 0."""
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise argparse.ArgumentTypeError(f"expected a whole number from 0, got '{text}'")
    return int(text)


def processes(text: str) -> int:
    """Read a number of processes, or `auto` for one per processor that this process may use."""
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
    import datetime  # most users give seconds, or nothing

    found = _TIME.fullmatch(text)
    try:
        if found is not None:
            day, clock, zone = found.groups()
            zone = "+00:00" if zone in "Zz" else f"{zone[:3]}:{zone[-2:]}"
            return int(datetime.datetime.fromisoformat(f"{day}T{clock}{zone}").timestamp())
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(
        "expected whole Unix seconds, such as 1712000100, or a time with its offset, such as "
        f"2024-04-01T19:35:00Z, got '{text}'"
    )
