"""Room in our values for what is known beside their fields.

The room is in slots, not in fields, so comparisons, pickles and the wire leave it out. An instance
dictionary would take more memory than the value itself.
"""

from __future__ import annotations

__all__ = ["Marked", "Noted", "Replied"]


class Marked:
    """Has room for the safe message of a violation that the engine made."""

    __slots__ = ("_safe_message",)


class Noted:
    """Has room for what is known about a contract's file."""

    __slots__ = ("_doubts", "_places", "_unknown_keys")


class Replied:
    """Has room for what a reply says outside its body; see `models.meta`."""

    __slots__ = ("_meta",)
