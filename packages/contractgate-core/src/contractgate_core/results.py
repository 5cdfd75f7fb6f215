"""Verdicts: what a validation returns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from contractgate_core._beside import Replied
from contractgate_core._plain import Plain
from contractgate_core._tracebacks import guarded
from contractgate_core._verdict import Verdict
from contractgate_core._violation import (
    EnvelopeViolation,
    Violation,
    ViolationKind,
    with_safe_message,
)

__all__ = [
    "EnvelopeResult",
    "EnvelopeViolation",
    "ValidationResult",
    "Violation",
    "ViolationKind",
    "with_safe_message",
]


# Nothing in it can refer back to it, so the garbage collector need not look at it.
class ValidationResult(Verdict, Plain, msgspec.Struct, frozen=True, gc=False):
    """The verdict on one event; true if the event passed.

    Attributes:
        passed: No rule was broken.
        violations: Every broken rule, in the gateway's order.
        validation_us: How long the check took, in whole **microseconds**; 0 for an event that is
            not an object.
    """

    passed: bool
    violations: list[Violation] = msgspec.field(default_factory=list)
    validation_us: int = 0

    def __bool__(self) -> bool:
        return bool(self.passed)

    @classmethod
    @guarded
    def from_dict(cls, data: Mapping[str, Any]) -> ValidationResult:
        """Read the verdict from the decoded JSON object.

        Raises:
            msgspec.ValidationError: A key is missing or has another type; the text names it.
        """
        return msgspec.convert(dict(data), cls)


class EnvelopeResult(Verdict, Replied, Plain, msgspec.Struct, frozen=True):
    """The verdict on one envelope; true if nothing in it failed.

    Attributes:
        passed: How many records passed.
        quarantined: How many records did not; at least 1 if the envelope itself is at fault.
        violations: Every broken rule, in the order of the records.
        validation_us: How long the check took, in whole **microseconds**.
    """

    passed: int
    quarantined: int
    violations: list[EnvelopeViolation]
    validation_us: int = 0

    def __bool__(self) -> bool:
        return not (self.quarantined or self.violations)
