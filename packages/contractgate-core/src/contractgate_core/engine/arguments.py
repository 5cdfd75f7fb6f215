"""Checks of the arguments of public calls; each error says what was expected."""

from __future__ import annotations

__all__ = ["check_count", "check_now"]

_LEAST, _MOST = -(2**63), 2**63 - 1


def check_now(now: object) -> None:
    """Refuse anything but a time in whole Unix seconds.

    Raises:
        TypeError: It is not an int.
        ValueError: It does not fit in 64 bits.
    """
    if type(now) is not int and (not isinstance(now, int) or isinstance(now, bool)):
        kind = type(now).__name__
        raise TypeError(f"now: expected whole Unix seconds as an int, or None, got {kind}")
    if not _LEAST <= now <= _MOST:
        raise ValueError("now: expected whole Unix seconds of 64 bits, got more")


def check_count(name: str, value: object, or_else: str = "", least: int = 1) -> None:
    """Refuse anything but a whole number that is not too small.

    Args:
        name: The name of the argument.
        value: The value that was given.
        or_else: What else the argument may be, for the error.
        least: The smallest number it may be.

    Raises:
        TypeError: It is not an int.
        ValueError: It is smaller.
    """
    if not isinstance(value, int) or isinstance(value, bool):
        kind = type(value).__name__
        raise TypeError(f"{name}: expected {or_else}a whole number, got {kind}")
    if value < least:
        raise ValueError(f"{name}: expected {or_else}{least} or more, got {value}")
