"""Room in values of ours for what is known of them beside their fields.

It is no field, so that it is in no comparison, in no pickle and not on the wire; and in no
dictionary of the instance, which would take more memory than the value itself.
"""

from __future__ import annotations

__all__ = ["Marked", "Noted", "Replied"]


class Marked:
    """Has room for the safe message of a violation of the engine's."""

    __slots__ = ("_safe_message",)


class Noted:
    """Has room for what is known of the file of a contract."""

    __slots__ = ("_doubts", "_places", "_unknown_keys")


class Replied:
    """Has room for what a reply says beside its body; see `models.meta`."""

    __slots__ = ("_meta",)
