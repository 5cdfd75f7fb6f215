"""Contracts by their name, where a call takes an id."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from contractgate_core.errors import ContractGateError
from contractgate_core.models import ContractSummary

__all__ = ["id_of", "is_id"]


def is_id(contract: str) -> bool:
    """Return whether a text is an id."""
    try:
        uuid.UUID(contract)
    except ValueError:
        return False
    return True


def id_of(rows: Iterable[ContractSummary], name: str) -> str:
    """Give the id of the one contract of a name; if there is none, without regard to case.

    Raises:
        ContractGateError: There is none, or more than one.
    """
    known = list(rows)
    found = [row for row in known if row.name == name] or [
        row for row in known if row.name.lower() == name.lower()
    ]
    if len(found) == 1:
        return found[0].id
    if found:
        ids = ", ".join(row.id for row in found)
        raise ContractGateError(f"{len(found)} contracts are named {name!r}; name one by id: {ids}")
    names = ", ".join(sorted({row.name for row in known})) or "none"
    raise ContractGateError(f"there is no contract named {name!r}; there are: {names}")
