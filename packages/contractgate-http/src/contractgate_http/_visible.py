"""Waits until quarantined events become visible. No I/O.

The gateway writes quarantine rows after it has answered (gateway-http.md, section 6.9).
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Callable

from contractgate_core.errors import (
    BadRequestError,
    TimeoutError,  # noqa: A004 - ours, a subclass of the built-in one
)
from contractgate_http._clock import monotonic
from contractgate_http._exchange import Begin, Outcome, Step
from contractgate_http._paging import MOST_ROWS
from contractgate_http.endpoints import records

__all__ = ["until_quarantined"]

_FIRST_PAUSE = 0.05
_LONGEST_PAUSE = 1.0
_NOWHERE = "not found on contract"
"""What the gateway says about a missing row, with status 400 (section 5.11)."""


def until_quarantined(
    begin: Begin,
    contract_id: str,
    quarantine_ids: Sequence[str],
    within: float,
    clock: Callable[[], float] = monotonic,
) -> Generator[Step, Outcome, None]:
    """Ask repeatedly until all rows are visible.

    Args:
        begin: Begins a call.
        contract_id: The contract.
        quarantine_ids: The rows.
        within: How long to ask, in **seconds**.
        clock: Returns the monotonic time in **seconds**.

    Raises:
        TimeoutError: Rows are still missing.
    """
    missing = dict.fromkeys(quarantine_ids)
    total, started, pause = len(missing), clock(), _FIRST_PAUSE
    while True:
        yield from _look_in_list(begin, contract_id, missing)
        yield from _look_one_by_one(begin, contract_id, missing)
        if not missing:
            return
        left = within - (clock() - started)
        if left <= 0:
            raise TimeoutError(
                f"{len(missing)} of {total} events are not visible in quarantine after {within} s"
            )
        yield min(pause, left)
        pause = min(pause * 2, _LONGEST_PAUSE)


def _look_in_list(
    begin: Begin, contract_id: str, missing: dict[str, None]
) -> Generator[Step, Outcome, None]:
    """Look among the newest rows, as long as some of ours are found."""
    offset = 0
    while missing:
        page = yield from begin(
            records.list_quarantine(contract_id, limit=MOST_ROWS, offset=offset)
        )
        found = [row.id for row in page if row.id in missing]
        for identity in found:
            del missing[identity]
        offset += len(page)
        if not found or len(page) < MOST_ROWS:
            return


def _look_one_by_one(
    begin: Begin, contract_id: str, missing: dict[str, None]
) -> Generator[Step, Outcome, None]:
    """Look for the remaining rows by id; stop at the first that is missing."""
    for identity in list(missing):
        try:
            yield from begin(records.get_replay_history(contract_id, identity))
        except BadRequestError as error:
            if _NOWHERE not in error.message:
                raise
            return
        del missing[identity]
