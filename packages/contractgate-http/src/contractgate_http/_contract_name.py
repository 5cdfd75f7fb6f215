"""Finds contracts by name; several may have the same.

Names are compared only here: exactly, as the gateway does. For `LLMGate` alone, case is ignored if
no contract has exactly the name.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import Optional

from contractgate_core.errors import ContractGateError
from contractgate_core.models import ContractSummary

__all__ = ["id_of", "id_to_deploy", "ids_called", "is_id"]


def is_id(contract: str) -> bool:
    """Return whether a text is an id."""
    try:
        uuid.UUID(contract)
    except ValueError:
        return False
    return True


def ids_called(rows: Iterable[ContractSummary], name: str) -> list[str]:
    """List the ids of the contracts with a name."""
    return [row.id for row in rows if row.name == name]


def id_to_deploy(rows: Iterable[ContractSummary], name: str) -> Optional[str]:
    """Return the id of the contract that a deployment under a name goes to; None if there is none.

    Raises:
        ContractGateError: Several contracts have the name.
    """
    advice = ", and deploy would take any of them; rename all but one"
    return _only(ids_called(rows, name), name, advice)


def id_of(rows: Iterable[ContractSummary], name: str) -> str:
    """Return the id of the one contract with a name; case is ignored if none has it exactly.

    Raises:
        ContractGateError: There is none, or more than one.
    """
    known = list(rows)
    found = ids_called(known, name) or [row.id for row in known if row.name.lower() == name.lower()]
    contract_id = _only(found, name, "; name one by id")
    if contract_id is None:
        names = ", ".join(sorted({row.name for row in known})) or "none"
        raise ContractGateError(f"there is no contract named {name!r}; there are: {names}")
    return contract_id


def _only(ids: Sequence[str], name: str, advice: str) -> Optional[str]:
    if len(ids) > 1:
        several = f"{len(ids)} contracts are named {name!r}"
        raise ContractGateError(f"{several}{advice}: {', '.join(ids)}")
    return ids[0] if ids else None
