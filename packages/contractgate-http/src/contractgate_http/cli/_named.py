"""Finds a contract by its name wherever an id is expected."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from contractgate_core.errors import NotFoundError
from contractgate_http._contract_name import ids_called, is_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from contractgate_core.models import ContractSummary
    from contractgate_http.client import Client

__all__ = ["contract_called"]

_MOST_LISTED = 10
_NOT_FOUND = 404


def contract_called(client: Client, text: str) -> str:
    """Find the id of a contract.

    Args:
        client: The client.
        text: The contract's id or name, optionally followed by `@` and a version.

    Returns:
        Its id, with the version if there is one.

    Raises:
        ConnectionError: The gateway cannot be asked.
        HTTPError: The gateway refuses to list its contracts.
        NotFoundError: No contract has this name.
        ValueError: Several contracts have this name, or the text is empty.
    """
    if not text:
        raise ValueError("expected the name or id of a contract, got an empty text")
    name, at, version = text.partition("@")
    if is_id(name):
        return text
    contracts = client.list_contracts()
    for wanted, rest in ((text, ""), (name, at + version)):
        ids = ids_called(contracts, wanted)
        if len(ids) > 1:
            raise ValueError(f"several contracts are named '{wanted}': {', '.join(ids)}")
        if ids:
            return ids[0] + rest
    raise NotFoundError(
        f"the gateway has no contract named '{name}'{_hint(name, contracts)}", status=_NOT_FOUND
    )


def _hint(name: str, contracts: Sequence[ContractSummary]) -> str:
    names = sorted({one.name for one in contracts})
    close = difflib.get_close_matches(name, names, n=1)
    if close:
        return f"; did you mean '{close[0]}'?"
    if not names:
        return "; it has no contracts"
    more = f" and {len(names) - _MOST_LISTED} more" if len(names) > _MOST_LISTED else ""
    return f"; it has {', '.join(names[:_MOST_LISTED])}{more}"
