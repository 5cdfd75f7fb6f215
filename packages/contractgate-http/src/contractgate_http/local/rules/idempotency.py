"""Idempotency: a repeated request gets the same answer, and nothing is done twice.

Source: docs/spec/gateway-http.md, section 6.15.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Optional

from contractgate_http.local.context import Context, Rendering
from contractgate_http.local.message import Response, encode_sorted, json_response
from contractgate_http.local.refusals import bad_request, idempotency_conflict
from contractgate_http.local.store.rows import StoredReply
from contractgate_http.local.stored import has_nul, read_stored
from contractgate_http.local.times import SECOND

__all__ = ["earlier_reply", "read_key", "remember"]

_LIFETIME = 24 * 3600 * SECOND
_LONGEST_KEY = 255


def read_key(context: Context) -> Optional[str]:
    """Read the key; an empty one counts, one that is not ASCII does not."""
    key = context.request.header("idempotency-key")
    if key is not None and len(key) > _LONGEST_KEY:
        raise bad_request("Idempotency-Key must be ≤ 255 characters")
    return key


def earlier_reply(
    context: Context,
    key: Optional[str],
    contract_id: str,
    body: bytes,
    headers: Sequence[tuple[str, str]],
) -> Optional[Rendering]:
    """Find the reply to an earlier request with this key.

    Args:
        context: The request.
        key: Its key, if it has one.
        contract_id: The contract.
        body: Its body.
        headers: Headers to add to the reply.

    Raises:
        RefusalError: The earlier request had another body.
    """
    found = None if key is None else context.store.replies.find(key, contract_id, context.now)
    if found is None:
        return None
    if found.digest != _digest(body):
        raise idempotency_conflict()

    def write() -> Response:
        # The reply is sent again as the database has rewritten it.
        rewritten = encode_sorted(read_stored(found.body))
        reply = json_response(None, found.status)._replace(body=rewritten)
        return reply.with_headers([("x-idempotency-replay", "true"), *headers])

    return Rendering(write, len(found.body))


def remember(
    context: Context, key: Optional[str], contract_id: str, body: bytes, reply: Response
) -> None:
    """Store a reply for 24 hours."""
    if key is None or has_nul(reply.body):
        return
    stored, replies = StoredReply(_digest(body), reply.status, reply.body), context.store.replies
    now = context.now

    def work() -> None:
        replies.remove_expired(now)
        replies.put(key, contract_id, stored, now + _LIFETIME)

    context.write_late(work)


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
