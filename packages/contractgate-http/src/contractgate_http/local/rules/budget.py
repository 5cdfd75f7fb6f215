"""A limit on how many fields of a contract are visited one by one.

With aliases, a small file can make a contract with millions of fields. core limits the cost of
reading it, but not of other work on each field.
"""

from __future__ import annotations

from collections.abc import Sequence

from contractgate_core.contract.model import FieldDefinition
from contractgate_http.local.refusals import bad_request

__all__ = ["FieldBudget"]

_MOST = 100_000


class FieldBudget:
    """Counts down; a field that many places of a contract share counts each time."""

    def __init__(self) -> None:
        self._left = _MOST

    def spend(self) -> None:
        """Count one field.

        Raises:
            RefusalError: There are too many fields.
        """
        self._left -= 1
        if self._left < 0:
            raise bad_request(
                f"the contract has more than {_MOST:,} fields, repeated ones included"
            )

    def spend_all(self, fields: Sequence[FieldDefinition]) -> None:
        """Count fields, and all fields nested in them."""
        for field in fields:
            self.spend()
            self.spend_all(field.properties or ())
            self.spend_all(() if field.items is None else (field.items,))
