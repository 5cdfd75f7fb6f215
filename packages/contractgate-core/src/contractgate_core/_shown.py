"""What a `repr` shows where messages and values may be personal: everything but the values.

Source of the messages: docs/spec/validation.md, sections 2 to 6, and gateway-http.md, section 6.22.
"""

from __future__ import annotations

import re
from collections.abc import Container
from typing import Any, Optional, cast

from contractgate_core._plain import written

__all__ = ["HIDDEN", "message_without_value", "shown", "shown_details", "shown_object"]


class _Hidden:
    """Stands for a value that exists but is not shown."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<hidden>"


HIDDEN = _Hidden()

_PLAIN: dict[str, tuple[type, ...]] = {"field": (str,), "kind": (str,), "index": (int,)}
"""Which members of a stored violation are shown, each only if it has the right type."""

_NUMBER = r"-?(?:[0-9.]+|inf|nan|NaN)"
_BOUND = rf" (?:is below minimum|exceeds maximum) {_NUMBER}"
# What the gateway's messages say after the field's name; the group is the event's own value. Each
# pattern has a fixed end, so that nothing in a value can pass for it.
_OF_FIELD = re.compile(
    r"expected type [A-Z][a-z]+, got [a-z]+"
    rf"|length [0-9]+{_BOUND}"
    r"|is not declared in the contract ontology\. Compliance mode rejects undeclared fields\."
    r"|value (.*) does not match required pattern"
    r"|value (.*) is not a valid calendar date \(expected YYYY-MM-DD\)"
    rf"|value ({_NUMBER}){_BOUND}",
    re.DOTALL,
)
_OF_SET = re.compile(r"value (.*) not in allowed set: \[.*\]", re.DOTALL)
_OF_RULE = re.compile(
    r"(?:Quality completeness: |Quality freshness: |Metric '.*' )field \0 is "
    r"(?:absent or null|an empty string|not a numeric Unix timestamp|missing or not numeric)"
    r"|Quality freshness: field \0 timestamp is (-?[0-9]+)s old \(max [0-9]+s\)"
    r"|Quality uniqueness: duplicate value (.*) for field \0 in batch"
    rf"|Metric '.*' value ({_NUMBER}){_BOUND} \(field: \0\)"
    r"|Undeclared field \0 found in egress payload \(egress_leakage_mode=[a-z]+\); "
    r"field stripped from response",
    re.DOTALL,
)
# These name the last part of the field's path.
_OF_NAME = re.compile(
    r"(?:Required field|Wrapper field|Wrapper pagination field|Envelope key) '(.*)' "
    r"(?:is missing|must be (?:an? )?[a-z]+, got [a-z]+)",
    re.DOTALL,
)
_FIXED = frozenset({"Event must be a JSON object", "Envelope payload must be a JSON object"})


def message_without_value(field: object, message: object) -> Optional[str]:
    """Return the gateway's message with `<hidden>` in place of the event's value.

    Args:
        field: The field that it is about.
        message: What the gateway said.

    Returns:
        The message; None if it is not a known message, and so may hold anything.
    """
    if not isinstance(field, str) or not isinstance(message, str):
        return None
    if message in _FIXED:
        return message
    name = _OF_NAME.fullmatch(message)
    if name is not None:
        return message if field == name[1] or field.endswith(f".{name[1]}") else None
    start = f"Field '{field}' "
    if message.startswith(start):
        # Without the bracket, looking for the end of a value would take quadratic time.
        form = _OF_SET if message.endswith("]") else _OF_FIELD
        known = _masked(form.fullmatch(message, len(start)), message)
        # Of another rule on a value it is safe to show that it is one.
        of_value = f"{start}value "
        return known or (f"{of_value}{HIDDEN!r}" if message.startswith(of_value) else None)
    # A rule names its field near the end, after the value, which may hold the same words.
    before, quoted, after = message.rpartition(f"'{field}'")
    if not quoted or "\0" in message:
        return None
    found = _masked(_OF_RULE.fullmatch(f"{before}\0{after}"), f"{before}\0{after}")
    return None if found is None else found.replace("\0", quoted)


def _masked(found: Optional[re.Match[str]], message: str) -> Optional[str]:
    """Put the mask into the one group that took part, if one did."""
    if found is None or found.lastindex is None:
        return None if found is None else message
    start, end = found.span(found.lastindex)
    return f"{message[:start]}{HIDDEN!r}{message[end:]}"


def shown(value: object) -> object:
    """Return what a `repr` shows of a value that may be personal: `<hidden>` unless it is empty."""
    is_nothing = value is None or (isinstance(value, (dict, list, str)) and not value)
    return value if is_nothing else HIDDEN


def shown_object(value: object, hidden: Container[str]) -> str:
    """Write an object as its `repr`, without the values of some of its attributes."""
    parts = vars(value).items()
    return written(value, ((name, shown(part) if name in hidden else part) for name, part in parts))


def shown_details(details: object) -> object:
    """Return what a `repr` shows of stored violations: all but the values in their messages."""
    if not isinstance(details, list):
        return shown(details)
    return [_shown_entry(entry) for entry in cast("list[object]", details)]


def _shown_entry(entry: object) -> object:
    if not isinstance(entry, dict):
        return HIDDEN
    members = cast("dict[str, Any]", entry)
    made: dict[str, object] = {}
    for key, value in members.items():
        if key == "violations":
            made[key] = shown_details(value)
        elif key == "message":
            made[key] = message_without_value(members.get("field"), value) or HIDDEN
        else:
            is_plain = isinstance(value, _PLAIN.get(key, ()))
            made[key] = value if is_plain else shown(value)
    return made
