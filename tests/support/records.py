"""Failed records as values that can be compared: with all that their violations say."""

from __future__ import annotations

from typing import Any

from contractgate_core import FailedRecord

__all__ = ["shown"]


def shown(failed: FailedRecord) -> tuple[Any, ...]:
    """Return a record's place, what it breaks, masked and unmasked, and why it cannot be read."""
    return (
        failed.record,
        failed.line,
        failed.offset,
        [(one.field, one.message, one.kind, one.safe_message) for one in failed.violations],
        str(failed.error),
    )
