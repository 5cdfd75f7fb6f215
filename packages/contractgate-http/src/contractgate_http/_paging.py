"""Pages through rows that are listed newest first, while more arrive. No I/O.

New rows push the others back, so a page may begin with rows that were seen before. Since rows come
in the order of their times, it is enough to remember the oldest time seen and its rows. The gateway
does not specify the order of rows of one time (gateway-http.md, section 5.9).
"""

from __future__ import annotations

from typing import Any, Callable, Generic, Optional, TypeVar

from contractgate_core.models import AuditEntry, Listing, QuarantinedEvent
from contractgate_http._call import Call, Timeout
from contractgate_http.endpoints import records

__all__ = ["MOST_ROWS", "Pager", "audit_pager", "quarantine_pager"]

T = TypeVar("T")

MOST_ROWS = 500
"""How many rows the gateway returns at once, at most."""


class Pager(Generic[T]):
    """Pages through all rows, from the newest at the start to the oldest.

    Args:
        page: Makes the call for the page at an offset.
        size: How many rows a page has.
        time: Returns the time of a row.
    """

    def __init__(
        self,
        page: Callable[[int], Call[Listing[T]]],
        size: int,
        time: Callable[[T], Optional[str]],
    ) -> None:
        if not 1 <= size <= MOST_ROWS:
            raise ValueError(f"expected page_size to be from 1 to {MOST_ROWS}, got {size}")
        self._page = page
        self._size = size
        self._time = time
        self._offset = 0
        self._oldest: Optional[str] = None
        self._ids: set[str] = set()
        self.is_done = False

    def call(self) -> Call[Listing[T]]:
        """Make the call for the next page."""
        return self._page(self._offset)

    def take(self, rows: list[T]) -> list[T]:
        """Return the rows of a page that were not seen before."""
        self._offset += len(rows)
        self.is_done = len(rows) < self._size
        return [row for row in rows if self._is_new(row)]

    def _is_new(self, row: Any) -> bool:
        time = _sortable(self._time(row))
        if self._oldest is not None and time > self._oldest:
            return False
        if time != self._oldest:
            self._oldest, self._ids = time, set()
        is_new = row.id not in self._ids
        self._ids.add(row.id)
        return is_new


def _sortable(time: Optional[str]) -> str:
    """Write a time with nine decimal places, so that times compare as texts."""
    if time is None:
        return ""
    whole, _, fraction = time.rstrip("Zz").partition(".")
    return f"{whole}.{fraction:0<9}"


def audit_pager(
    contract_id: Optional[str], page_size: int, timeout: Optional[Timeout]
) -> Pager[AuditEntry]:
    """Page through the audit."""

    def page(offset: int) -> Call[Listing[AuditEntry]]:
        return records.audit(contract_id, limit=page_size, offset=offset, timeout=timeout)

    return Pager(page, page_size, lambda row: row.created_at)


def quarantine_pager(
    contract_id: Optional[str], page_size: int, timeout: Optional[Timeout]
) -> Pager[QuarantinedEvent]:
    """Page through the quarantine."""

    def page(offset: int) -> Call[Listing[QuarantinedEvent]]:
        return records.list_quarantine(contract_id, limit=page_size, offset=offset, timeout=timeout)

    return Pager(page, page_size, lambda row: row.quarantined_at)
