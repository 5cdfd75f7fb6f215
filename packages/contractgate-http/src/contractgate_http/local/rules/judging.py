"""Judges the events of a batch: versions in turn, uniqueness, transforms.

Verdicts come from the engine of core. Source: docs/spec/gateway-http.md, sections 6.4 and 6.11.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, Callable, NamedTuple, Optional, TypeVar

from contractgate_core.results import ValidationResult, Violation
from contractgate_http.local.context import Context
from contractgate_http.local.ids import new_id
from contractgate_http.local.message import encode, encode_sorted
from contractgate_http.local.prepared import Prepared
from contractgate_http.local.rules.lookup import prepare, read_stored_contract
from contractgate_http.local.store.rows import ContractRow, VersionRow
from contractgate_http.local.stored import has_nul

__all__ = ["Asked", "Events", "Judged", "judge", "judge_batch", "unjudged"]

R = TypeVar("R")


class Asked(NamedTuple):
    """The options of a request.

    Attributes:
        dry_run: Nothing is written.
        atomic: One event that fails rejects the whole batch.
    """

    dry_run: bool
    atomic: bool


class Events(NamedTuple):
    """The events of a request, which may have yet to be read.

    Attributes:
        number: How many there are.
        size: How many bytes they have together.
        read: Reads them.
        key: Tells them from other events of the same request; by default there are no others.
    """

    number: int
    size: int
    read: Callable[[], Sequence[Any]]
    key: Hashable = None


class Judged:
    """One event and its verdict.

    Attributes:
        event: The event as it came.
        violations: Every broken rule.
        validation_us: How long the check took, in **microseconds**.
        version: The version that decided.
        text: The event after its transforms, as JSON with its keys in ascending order.
        is_stopped: It fails without a broken rule: the pinned version is deprecated.
        is_lost: The gateway's database refuses it, because it contains U+0000.
        body: The same text, as it is stored.
        details: The broken rules, as they are stored.
        row_id: The id of its row in the audit.
        quarantine_id: The id of its row in the quarantine, if it fails.
    """

    __slots__ = (
        "body",
        "details",
        "event",
        "is_lost",
        "is_stopped",
        "prepared",
        "quarantine_id",
        "row_id",
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
        self.is_lost = False
        self.text = b""
        self.body = self.details = self.row_id = ""
        self.quarantine_id: Optional[str] = None

    @property
    def passed(self) -> bool:
        """No rule is broken, and the version is in use."""
        return not self.violations and not self.is_stopped

    def decide(self, result: ValidationResult, version: str, prepared: Prepared) -> None:
        """Replace the verdict by another version's."""
        self.violations, self.validation_us = result.violations, result.validation_us
        self.version, self.prepared = version, prepared

    def copy(self) -> Judged:
        """Make a copy, whose verdict may be changed."""
        result = ValidationResult(not self.violations, self.violations, self.validation_us)
        return Judged(self.event, result, self.version, self.prepared)

    def transform(self, salt: bytes) -> None:
        """Transform the event by the version that decided."""
        self.text = encode_sorted(self.prepared.transforms.apply(self.event, salt))

    def write_out(self) -> None:
        """Write the texts that are stored, once the verdict is final."""
        violations = self.violations
        self.is_lost = has_nul(self.text) or any(
            "\0" in one.field or "\0" in one.message for one in violations
        )
        self.body = self.text.decode()
        self.details = encode(violations).decode() if violations else "[]"
        self.row_id = new_id()
        self.quarantine_id = None if self.passed else new_id()


def judge(
    context: Context,
    contract: ContractRow,
    version: VersionRow,
    events: Events,
    finish: Callable[[Prepared, list[Judged]], R],
    *,
    may_fall_back: bool = False,
) -> R:
    """Judge events outside the gateway's transaction.

    Args:
        context: The request.
        contract: The contract of the events.
        version: The version that judges them.
        events: The events.
        finish: What else to do with them there. It writes nothing, and depends only on the
            arguments given here and on the request.
        may_fall_back: Other stable versions of a fallback contract judge events that failed.
    """
    prepared, now = prepare(context, version), int(context.seconds)
    key = (version.version, version.yaml, events.key)
    size = events.size + events.number * len(version.yaml)

    def first() -> list[Judged]:
        check = prepared.compiled.check_value
        name = version.version
        return [Judged(event, check(event, now=now), name, prepared) for event in events.read()]

    tried: Optional[list[Judged]] = None
    others: list[tuple[VersionRow, Prepared]] = []
    if may_fall_back and contract.resolution == "fallback":
        tried = context.slowly(("try", *key), size, first)
        if any(one.violations for one in tried):
            others = _others(context, contract, version)

    def work() -> R:
        judged = first() if tried is None else [one.copy() for one in tried]
        _retry_with_others(judged, others, now)
        return finish(prepared, judged)

    rivals = tuple((row.version, row.yaml) for row, _ in others)
    size += sum(len(yaml) for _, yaml in rivals) * events.number
    return context.slowly(("judge", *key, contract.salt, rivals), size, work)


def _others(
    context: Context, contract: ContractRow, version: VersionRow
) -> list[tuple[VersionRow, Prepared]]:
    stable = context.store.contracts.stable(contract.id)
    # All are compiled before any judges: one that does not compile fails the whole request.
    return [(row, prepare(context, row)) for row in stable if row.id != version.id]


def _retry_with_others(
    judged: Sequence[Judged], others: Sequence[tuple[VersionRow, Prepared]], now: int
) -> None:
    for one in judged:
        for row, prepared in others if one.violations else ():
            result = prepared.compiled.check_value(one.event, now=now)
            if result.passed:
                one.decide(result, row.version, prepared)
                break


def judge_batch(
    context: Context,
    contract: ContractRow,
    version: VersionRow,
    events: Events,
    conclude: Callable[[list[Judged]], R],
    *,
    is_pinned: bool,
) -> R:
    """Judge a batch, by other stable versions too if allowed, compare and transform its events.

    Args:
        context: The request.
        contract: The contract of the events.
        version: The version that judges them.
        events: The events.
        conclude: What else to do with them; see `finish` of `judge`.
        is_pinned: The request names the version, so no other one judges.
    """
    now = int(context.seconds)

    def finish(prepared: Prepared, judged: list[Judged]) -> R:
        if prepared.uniqueness is not None:
            compare = prepared.uniqueness.begin_batch(now=now)
            for one in judged:
                if type(one.event) is dict:
                    one.violations = [*one.violations, *compare(one.event).violations]
        for one in judged:
            one.transform(contract.salt)
            one.write_out()
        return conclude(judged)

    return judge(context, contract, version, events, finish, may_fall_back=not is_pinned)


def unjudged(
    context: Context, contract: ContractRow, version: VersionRow, events: Events
) -> list[Judged]:
    """Fail a batch that pins a deprecated version, without checking its events."""
    prepared = read_stored_contract(context, version.yaml)

    def work() -> list[Judged]:
        stopped = ValidationResult(False, [], 0)
        judged = [Judged(event, stopped, version.version, prepared) for event in events.read()]
        for one in judged:
            one.is_stopped = True
            one.transform(contract.salt)
            one.write_out()
        return judged

    key = ("stop", version.version, version.yaml, contract.salt)
    return context.slowly(key, events.size, work)
