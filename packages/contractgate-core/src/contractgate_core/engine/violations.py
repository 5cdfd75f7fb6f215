"""How the engine records a violation: one text for the wire, and one that is safe to show."""

from __future__ import annotations

from contractgate_core.results import Violation, ViolationKind, with_safe_message

__all__ = ["MASK", "found_without_value", "json_type", "report", "report_value"]

MASK = "[masked]"
"""Stands for the value of a field with a transform in texts that are shown."""

_JSON_TYPES = {
    type(None): "null",
    bool: "boolean",
    int: "integer",
    float: "float",
    str: "string",
    list: "array",
    dict: "object",
}


def json_type(value: object) -> str:
    """Return the JSON type of a decoded value, as the gateway's messages name it."""
    return _JSON_TYPES[type(value)]


def report(out: list[Violation], field: str, kind: ViolationKind, message: str) -> None:
    """Append a violation whose message holds no value of the event."""
    out.append(with_safe_message(Violation(field, message, kind), message))


def found_without_value(field: str, kind: ViolationKind, message: str) -> list[Violation]:
    """Make a violation whose message is always the same, for events to share."""
    found: list[Violation] = []
    report(found, field, kind, message)
    return found


def report_value(
    out: list[Violation],
    field: str,
    kind: ViolationKind,
    message: tuple[str, str, str],
    is_secret: bool,
) -> None:
    """Append a violation whose message holds a value of the event.

    Args:
        out: The violations so far.
        field: The path of the field.
        kind: The rule that was broken.
        message: The text before the value, the value, and the text after it.
        is_secret: Whether the contract marks the field with a transform, so that the value is
            masked wherever it is shown.
    """
    before, value, after = message
    text = f"{before}{value}{after}"
    safe = f"{before}{MASK}{after}" if is_secret else text
    out.append(with_safe_message(Violation(field, text, kind), safe))
