"""Verdicts: what a validation returns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from contractgate_core._beside import Replied
from contractgate_core._plain import Plain
from contractgate_core._tracebacks import guarded
from contractgate_core._violation import (
    EnvelopeViolation,
    Violation,
    ViolationKind,
    with_safe_message,
)
from contractgate_core.errors import InvalidEventError

__all__ = [
    "EnvelopeResult",
    "EnvelopeViolation",
    "ValidationResult",
    "Violation",
    "ViolationKind",
    "with_safe_message",
]


# Nothing in it can refer back to it, so the garbage collector need not look at it.
class ValidationResult(Plain, msgspec.Struct, frozen=True, gc=False):
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

    @guarded
    def raise_for_violations(self) -> None:
        """Do nothing if the event passed.

        Raises:
            InvalidEventError: The event breaks its contract; `violations` has the rules.
        """
        if not self.passed:
            raise InvalidEventError(describe(self.violations), violations=self.violations)


class EnvelopeResult(Replied, Plain, msgspec.Struct, frozen=True):
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

    @guarded
    def raise_for_violations(self) -> None:
        """Do nothing if every record passed.

        Raises:
            InvalidEventError: Something in the envelope breaks the contract.
        """
        if self.violations:
            raise InvalidEventError(describe(self.violations), violations=self.violations)


def describe(violations: list[Violation] | list[EnvelopeViolation]) -> str:
    """Count the violations and show the first, without values of transformed fields."""
    if not violations:  # in a result made by code
        return "the event did not pass"
    first = violations[0]
    more = f" (and {len(violations) - 1} more)" if len(violations) > 1 else ""
    return f"{first.safe_message or f'{first.field}: {first.kind}'}{more}"
