"""What became of one event, which errors hold, too."""

from __future__ import annotations

from typing import Any, Optional

from contractgate_core._violation import Violation
from contractgate_core.models._base import Model

__all__ = ["IngestEventResult"]


class IngestEventResult(Model, frozen=True, kw_only=True):
    """The verdict of the gateway on one event of a batch; true if the event passed.

    Attributes:
        passed: No rule was broken and the pinned version is not deprecated.
        violations: Every broken rule, in the gateway's order; empty, although `passed` is false,
            where the pinned version is deprecated.
        contract_version: The version that decided; not always the one that was asked for.
        validation_us: Duration of the check in whole **microseconds**; 0 for an event that is no
            object.
        forwarded: Whether the event went on. The current route computes this and waits for no
            write; the legacy route reports the write.
        transformed_event: The event after the contract's transforms, whether it passed or not.
        index: The event's place in the batch, from 0; None on the legacy route.
        quarantine_id: The quarantine's id of a failed event, also in a dry run or an atomic
            rejection, where there is no such row; None on the legacy route.

    Source: docs/spec/gateway-http.md, sections 5.6, 5.7 and 6.5.
    """

    passed: bool
    violations: list[Violation]
    contract_version: str
    validation_us: int = 0
    forwarded: bool = False
    transformed_event: Any = None
    index: Optional[int] = None
    quarantine_id: Optional[str] = None

    def __bool__(self) -> bool:
        return self.passed
