"""The `repr` of what is about many events: short enough that pytest shows it without a gap."""

from __future__ import annotations

from typing import Any, Optional

import pytest

from contractgate_core import Violation, ViolationKind, models

UNCUT = 240
"""So many characters of a value pytest shows in an assertion; of more it leaves out the middle."""


def violation(field: str = "amount", message: Optional[str] = None) -> Violation:
    text = f"Field '{field}' value -1 is below minimum 0" if message is None else message
    return Violation(field, text, ViolationKind.RANGE_VIOLATION)


def event(*violations: Violation) -> models.IngestEventResult:
    return models.IngestEventResult(not violations, [*violations], contract_version="1.0")


def batch(*results: models.IngestEventResult, **more: Any) -> models.BatchIngestResponse:
    failed = sum(1 for one in results if not one)
    return models.BatchIngestResponse(
        len(results),
        len(results) - failed,
        failed,
        resolved_version="1.0",
        results=[*results],
        version_pin_source=models.PinSource.DEFAULT_STABLE,
        **more,
    )


BELOW = "Field 'amount' value <hidden> is below minimum 0"


def test_a_batch_is_shown_by_its_counts_and_first_failures() -> None:
    """Whatever is beside them: values stay hidden."""
    assert repr(batch(*[event()] * 400, event(violation()), event(), dry_run=True)) == (
        "BatchIngestResponse(total=402, passed=401, failed=1, dry_run=True, "
        f"resolved_version='1.0', results=<1 failed: [400] {BELOW}>)"
    )
    assert repr(batch(event(), event())) == (
        "BatchIngestResponse(total=2, passed=2, failed=0, resolved_version='1.0', "
        "results=<2 passed>)"
    )


@pytest.mark.parametrize(
    ("results", "shown"),
    [
        ([event(violation(), violation())], f"1 failed: [0] {BELOW} (and 1 more)"),
        ([event(violation())] * 3, f"3 failed: [0] {BELOW}; …"),
        (
            [event(violation("a", "m"))] * 4,
            "4 failed: [0] a: range_violation; [1] a: range_violation; [2] a: range_violation; …",
        ),
        (
            [event(violation("a" * 500, "m")), event()],
            f"1 failed: [0] {'a' * 99}…",
        ),
    ],
)
def test_so_many_failures_are_shown_as_there_is_room_for(
    results: list[models.IngestEventResult], shown: str
) -> None:
    """At least one, at most three, and a long one is cut."""
    assert repr(batch(*results)).endswith(f"results=<{shown}>)")


def test_events_that_failed_without_violations_are_counted() -> None:
    """As those of a batch whose version is deprecated, or of a replay that judged nothing."""
    failed = models.IngestEventResult(False, [], contract_version="1.0")
    refused = models.DeprecatedBatchResponse(error="no", total=2, failed=2, results=[failed] * 2)
    assert repr(refused) == (
        "DeprecatedBatchResponse(error='no', total=2, failed=2, results=<2 failed>, passed=0)"
    )
    replayed = models.ContractReplayResponse(
        results=[
            models.ContractReplayResult(quarantine_id="1", outcome=models.ReplayResult.NOT_FOUND)
        ],
        total=1,
        not_found=1,
    )
    assert repr(replayed) == "ContractReplayResponse(results=<1 failed>, total=1, not_found=1)"


def test_what_went_out_is_not_shown() -> None:
    """Of an egress the outcomes are the entries, and the payload is the user's."""
    outcome = models.EgressOutcome(0, True, [], action=models.EgressAction.INCLUDED)
    held = models.EgressOutcome(1, False, [violation()], action=models.EgressAction.BLOCKED)
    made = models.EgressResponse(
        2, 1, 1, resolved_version="1.0", payload=[{"a": 4711}], outcomes=[outcome, held]
    )
    assert repr(made) == (
        "EgressResponse(total=2, passed=1, failed=1, resolved_version='1.0', "
        f"outcomes=<1 failed: [1] {BELOW}>)"
    )


def broken(field: str) -> models.BrokenRule:
    first = violation(field)
    return models.BrokenRule(field=field, kind=first.kind, count=9, first_index=3, first=first)


def test_totals_are_shown_by_the_first_rules_and_positions() -> None:
    """The rules that were broken most often come first."""
    made = models.IngestTotals(
        total=9,
        passed=0,
        failed=9,
        broken=[broken("amount"), broken("b" * 90), broken("c")],
        failed_indexes=[*range(9)],
    )
    assert repr(made) == (
        "IngestTotals(total=9, passed=0, failed=9, broken=['amount: range_violation ×9', "
        f"'{'b' * 23}…: range_violation ×9', Ellipsis], "
        "failed_indexes=[0, 1, 2, Ellipsis])"
    )


@pytest.mark.parametrize("field", ["amount", "a" * 500])
def test_the_largest_are_short_enough(field: str) -> None:
    """A batch of a thousand events, and totals of many more."""
    full = batch(*[event(violation(field))] * 1_000, dry_run=True, atomic=True)
    totals = models.IngestTotals(
        total=10_000_000,
        passed=1_000_000,
        failed=9_000_000,
        broken=[broken(field)] * 1_000,
        failed_indexes=[*range(1_000_000, 1_010_000)],
    )
    assert len(repr(full)) <= UNCUT
    assert len(repr(totals)) <= UNCUT
