"""The verdict on each event of a batch: versions in turn, uniqueness, transforms.

Verdicts come from the engine of core. Source: docs/spec/gateway-http.md, sections 6.4 and 6.11.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from contractgate_core.results import ValidationResult, Violation
from contractgate_http.local.context import Context
from contractgate_http.local.message import encode_sorted
from contractgate_http.local.prepared import Prepared
from contractgate_http.local.rules.lookup import prepare
from contractgate_http.local.store.rows import ContractRow, VersionRow

__all__ = ["Asked", "Judged", "judge", "judge_with_fallback", "retry_with_others", "unjudged"]


class Asked(NamedTuple):
    """What a request wants.

    Attributes:
        dry_run: Nothing is to be written.
        atomic: One event that fails is to reject the whole batch.
    """

    dry_run: bool
    atomic: bool


class Judged:
    """One event and what became of it.

    Attributes:
        event: The event as it came.
        violations: Every broken rule.
        validation_us: How long the check took, in **microseconds**.
        version: The version that decided.
        text: The event after its transforms, as JSON with its keys in ascending order.
        is_stopped: It fails without a broken rule: the pinned version is deprecated.
    """

    __slots__ = (
        "event",
        "is_stopped",
        "prepared",
        "text",
        "validation_us",
        "version",
        "violations",
    )

    def __init__(
        self, event: Any, result: ValidationResult, version: str, prepared: Prepared
    ) -> None:
        self.event = event
        self.version = version
        self.prepared = prepared
        self.violations: list[Violation] = result.violations
        self.validation_us = result.validation_us
        self.is_stopped = False
        self.text = b""

    @property
    def passed(self) -> bool:
        """No rule is broken, and the version is in use."""
        return not self.violations and not self.is_stopped

    def decide(self, result: ValidationResult, version: str, prepared: Prepared) -> None:
        """Put another version's verdict in place of this one."""
        self.violations, self.validation_us = result.violations, result.validation_us
        self.version, self.prepared = version, prepared

    def transform(self, salt: bytes) -> None:
        """Transform the event by the version that decided."""
        self.text = encode_sorted(self.prepared.transforms.apply(self.event, salt))


def judge(
    context: Context, version: VersionRow, prepared: Prepared, events: Sequence[Any]
) -> list[Judged]:
    """Judge each event by one version."""
    check, now = prepared.compiled.check_value, int(context.seconds)
    return [Judged(event, check(event, now=now), version.version, prepared) for event in events]


def judge_with_fallback(
    context: Context,
    contract: ContractRow,
    version: VersionRow,
    prepared: Prepared,
    events: Sequence[Any],
    *,
    is_pinned: bool,
) -> list[Judged]:
    """Judge a batch, let other stable versions try, compare its events, transform them."""
    judged = judge(context, version, prepared, events)
    if not is_pinned:
        retry_with_others(context, contract, version, judged)
    if prepared.uniqueness is not None:
        compare = prepared.uniqueness.begin_batch(now=int(context.seconds))
        for one in judged:
            if type(one.event) is dict:
                one.violations = [*one.violations, *compare(one.event).violations]
    for one in judged:
        one.transform(contract.salt)
    return judged


def retry_with_others(
    context: Context, contract: ContractRow, version: VersionRow, judged: Sequence[Judged]
) -> None:
    """Let the other stable versions of a fallback contract try the events that failed."""
    failed = [one for one in judged if one.violations]
    if contract.resolution != "fallback" or not failed:
        return
    stable = context.store.contracts.stable(contract.id)
    # All are compiled before any is tried: one that does not compile fails the whole request.
    others = [(row, prepare(context, row)) for row in stable if row.id != version.id]
    now = int(context.seconds)
    for one in failed:
        for row, prepared in others:
            result = prepared.compiled.check_value(one.event, now=now)
            if result.passed:
                one.decide(result, row.version, prepared)
                break


def unjudged(
    events: Sequence[Any], version: VersionRow, prepared: Prepared, salt: bytes
) -> list[Judged]:
    """Stop a batch that pins a deprecated version: nothing is checked, everything fails."""
    judged = [
        Judged(event, ValidationResult(False, [], 0), version.version, prepared) for event in events
    ]
    for one in judged:
        one.is_stopped = True
        one.transform(salt)
    return judged
