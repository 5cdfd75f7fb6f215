"""One broken rule, which results, errors and models hold. Its names are those of `results`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Optional

import msgspec

from contractgate_core._beside import Marked
from contractgate_core._plain import Plain
from contractgate_core._tracebacks import guarded
from contractgate_core._words import OpenWord

__all__ = ["EnvelopeViolation", "Violation", "ViolationKind", "with_safe_message"]


class ViolationKind(OpenWord):
    """The rule that was broken, as the gateway names it on the wire.

    An unknown word becomes a value like a member, so that a newer gateway's answers can still be
    read. Source: docs/spec/validation.md, section 8.
    """

    MISSING_REQUIRED_FIELD = "missing_required_field"
    TYPE_MISMATCH = "type_mismatch"
    PATTERN_MISMATCH = "pattern_mismatch"
    ENUM_VIOLATION = "enum_violation"
    RANGE_VIOLATION = "range_violation"
    LENGTH_VIOLATION = "length_violation"
    METRIC_RANGE_VIOLATION = "metric_range_violation"
    UNKNOWN_FIELD = "unknown_field"
    UNDECLARED_FIELD = "undeclared_field"
    LEAKAGE_VIOLATION = "leakage_violation"
    COMPLETENESS_VIOLATION = "completeness_violation"
    FRESHNESS_VIOLATION = "freshness_violation"
    UNIQUENESS_VIOLATION = "uniqueness_violation"


_mark = Marked.__dict__["_safe_message"].__set__


# A hostile event may have a million of these. Nothing in one can refer back to it, so the garbage
# collector need not look at it.
class Violation(Marked, Plain, msgspec.Struct, frozen=True, gc=False):
    """One broken rule.

    Its `repr` is safe to log: it masks the value of a field that carries a `transform`. For a
    violation read from the wire, nothing says which fields those are, so its `repr` shows
    `<hidden>` in place of every value.

    Attributes:
        field: The path of the field, such as `lines[0].price`, or `<root>`.
        message: The gateway's text, word for word, with the event's value in it, unmasked.
        kind: The rule that was broken.

    Source: docs/spec/validation.md, sections 2 to 9.
    """

    field: str
    message: str
    kind: ViolationKind

    @classmethod
    @guarded
    def from_dict(cls, data: Mapping[str, Any]) -> Violation:
        """Read the violation from the decoded JSON object.

        Raises:
            msgspec.ValidationError: A key is missing or has another type; the text names it.
        """
        return msgspec.convert(dict(data), cls)

    @property
    def safe_message(self) -> Optional[str]:
        """The message without values of transformed fields.

        If no contract says which fields those are, the message shows no value of the event; it is
        None if it is not one of the gateway's known messages.
        """
        text: Optional[str] = getattr(self, "_safe_message", None)
        if text is None:
            from contractgate_core._shown import message_without_value  # few come from the wire

            text = message_without_value(self.field, self.message)
        return text

    @property
    def _kind(self) -> str:
        """The word of the kind, which code may have given as plain text."""
        return self.kind.value if isinstance(self.kind, ViolationKind) else self.kind

    def __rich_repr__(self) -> Iterator[tuple[str, Any]]:  # type: ignore[override]  # msgspec's own shows all
        from contractgate_core._shown import HIDDEN

        yield from (("field", self.field), ("kind", self._kind))
        yield "message", HIDDEN if self.safe_message is None else self.safe_message


class EnvelopeViolation(Violation, frozen=True, gc=False):
    """One broken rule in an envelope.

    Attributes:
        record_index: The record's index in the envelope's list, from 0; also 0 for the wrapper.
    """

    record_index: int

    def __rich_repr__(self) -> Iterator[tuple[str, Any]]:  # type: ignore[override]  # msgspec's own shows all
        yield from super().__rich_repr__()
        yield "record_index", self.record_index


def with_safe_message(violation: Violation, text: str) -> Violation:
    """Set the text that may be shown of a violation, and return the violation."""
    _mark(violation, text)
    return violation
