"""API keys: who sent a request, and what the key allows.

Source: docs/spec/gateway-http.md, section 6.1.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from typing import Optional

import msgspec

from contractgate_http.local.buckets import DEFAULT_BURST, DEFAULT_RATE
from contractgate_http.local.context import ANYONE, Caller, Context
from contractgate_http.local.ids import BadUuidError, new_id, read_uuid
from contractgate_http.local.refusals import unauthorized
from contractgate_http.local.store import Store
from contractgate_http.local.store.rows import KeyRow

__all__ = ["add_key", "authenticate", "check_scope", "find_key", "header_org", "make_key"]

_PREFIX = 12
_BEARER = b"Bearer "


def authenticate(context: Context) -> Caller:
    """Find out who sent a request.

    Raises:
        RefusalError: The gateway does not know the caller.
    """
    if any(
        name == "authorization" and value.startswith(_BEARER)
        for name, value in context.request.headers
    ):
        # Tokens need a key set that a local gateway does not have; a key beside one is ignored.
        raise unauthorized()
    if not context.state.auth:
        return ANYONE
    key = context.request.header("x-api-key")
    row = None if key is None else find_key(context.store, key)
    if row is None:
        raise unauthorized()
    allowed = None if row.allowed is None else frozenset(msgspec.json.decode(row.allowed))
    return Caller(row.org_id, row.id, allowed, row.rate, row.burst)


def find_key(store: Store, key: str) -> Optional[KeyRow]:
    """Find a key that is known and not revoked."""
    if not key.startswith("cg_") or len(key) < _PREFIX:
        return None
    row = store.accounts.key(key[:_PREFIX])
    return row if row is not None and hmac.compare_digest(row.digest, _digest(key)) else None


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


def check_scope(context: Context, contract_id: str) -> None:
    """Refuse a key that may not send events to this contract."""
    allowed = context.caller.allowed
    if allowed is not None and contract_id not in allowed:
        raise unauthorized()


def header_org(context: Context) -> Optional[str]:
    """Return the caller's organisation; without keys, a header may name it."""
    if context.state.auth:
        return context.caller.org_id
    named = context.request.header("x-org-id")
    try:
        return None if named is None else read_uuid(named)
    except BadUuidError:
        return None


def make_key(store: Store) -> str:
    """Make a random key whose beginning no other key has."""
    while True:
        key = f"cg_live_{secrets.token_hex(24)}"
        if store.accounts.key(key[:_PREFIX]) is None:
            return key


def add_key(  # noqa: PLR0913 - what a key has
    store: Store,
    key: str,
    org_id: str,
    *,
    allowed: Optional[Iterable[str]] = None,
    rate: Optional[float] = None,
    burst: Optional[float] = None,
    revoked: bool = False,
) -> None:
    """Add a key.

    Raises:
        ValueError: No caller could use the key. The message does not show it.
    """
    if not (key.startswith("cg_") and len(key) >= _PREFIX and key.isascii() and key.isprintable()):
        raise ValueError("a key begins with `cg_` and has at least 12 visible ASCII characters")
    known = store.accounts.key(key[:_PREFIX])
    if known is not None and not revoked:
        raise ValueError("another key has the same first 12 characters, and would hide this one")
    row = KeyRow(
        new_id(),
        _digest(key),
        org_id,
        None
        if allowed is None
        else msgspec.json.encode([read_uuid(one) for one in allowed]).decode(),
        DEFAULT_RATE if rate is None else float(rate),
        DEFAULT_BURST if burst is None else float(burst),
    )
    store.accounts.add_key(row, key[:_PREFIX], revoked=revoked)
