"""Encodes events once, strictly, and refuses bad ones before anything is sent. No I/O."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Optional, cast

import msgspec

from contractgate_core.errors import BatchTooLargeError, EventEncodeError
from contractgate_core.events.batch import encode_batch
from contractgate_core.events.encode import encode_event
from contractgate_http._arguments import check_text, kind_of

__all__ = [
    "MOST_EVENTS",
    "MOST_EVENT_BYTES",
    "as_batch",
    "check_event_sizes",
    "check_nul",
    "encode_events",
    "idempotency_key",
    "pin",
    "too_large_event",
    "version_header",
]

MOST_EVENTS = 1000
MOST_EVENT_BYTES = 1024 * 1024
"""Source: docs/spec/gateway-http.md, section 6.13."""

_KEY = re.compile(r"[!-~](?:[ -~]{0,253}[!-~])?")
_HEADER = re.compile(r"[!-~](?:[ -~]*[!-~])?")
_NUL = b"\\u0000"


def encode_events(events: Any, *, split_by: str = "") -> bytes:
    """Write the body of a request that brings events.

    Args:
        events: A list or tuple is a batch; anything else is one event.
        split_by: The function that splits large batches, for errors; "" if there is none.

    Raises:
        EventEncodeError: Something in an event cannot be sent; `path` says where.
        TypeError: The events are a text, or an iterator.
        BatchTooLargeError: There are more events than the gateway takes, or one is too large.
    """
    batch = as_batch(events)
    if batch is None:
        _check_event(events, split_by)
        body = encode_event(events)
        check_nul(body)
        return body
    if len(batch) > MOST_EVENTS:
        instead = f"; {split_by} splits them" if split_by else ""
        raise BatchTooLargeError(
            f"expected at most {MOST_EVENTS} events in one request, got {len(batch)}{instead}",
            size=len(batch),
            limit=MOST_EVENTS,
        )
    body = encode_batch(batch)
    check_nul(body)
    return body


def _check_event(event: object, split_by: str) -> None:
    """Check that an object can be an event; a text or an iterator cannot."""
    if isinstance(event, (str, bytes, bytearray, memoryview)):
        instead = "; json.loads makes an event of JSON text"
    elif hasattr(event, "__next__") or hasattr(event, "__anext__"):
        instead = f"; {split_by} takes any iterable" if split_by else ""
    else:
        return
    raise TypeError(f"expected an event or a list of events, got {kind_of(event)}{instead}")


def as_batch(events: Any) -> Optional[Sequence[Any]]:
    """Return the events of a batch; None for a single event."""
    return cast("Sequence[Any]", events) if isinstance(events, (list, tuple)) else None


def check_nul(body: bytes) -> None:
    """Check that events do not contain the character U+0000.

    The gateway's store cannot hold it: the reply would report success, but the whole batch would be
    lost. Source: docs/spec/gateway-http.md, section 6.9.

    Raises:
        EventEncodeError: They contain it.
    """
    # Searching for one byte is faster than for six.
    if b"\\" not in body or _NUL not in body:
        return
    # A text may also contain the six characters literally.
    place = next(_nul_places(msgspec.json.decode(body), "$"), None)
    if place is not None:
        raise EventEncodeError(
            "the character U+0000 cannot be stored: the gateway would lose the whole batch "
            "without saying so",
            path=place,
        )


def _nul_places(value: Any, place: str) -> Iterator[str]:
    if isinstance(value, str):
        if "\0" in value:
            yield place
    elif isinstance(value, list):
        for index, item in enumerate(cast("list[object]", value)):
            yield from _nul_places(item, f"{place}[{index}]")
    elif isinstance(value, dict):
        for key, item in cast("dict[str, Any]", value).items():
            step = f".{key}" if key.isidentifier() else f"[{msgspec.json.encode(key).decode()}]"
            if "\0" in key:
                yield place + step
            yield from _nul_places(item, place + step)


def check_event_sizes(events: Any, body: bytes) -> None:
    """Check that no event is too long for a request of its own.

    Raises:
        BatchTooLargeError: An event is longer than the gateway takes.
    """
    if len(body) <= MOST_EVENT_BYTES:
        return
    batch = as_batch(events)
    for index, event in enumerate([events] if batch is None else batch):
        size = len(encode_event(event))
        if size > MOST_EVENT_BYTES:
            raise too_large_event(index, size)


def too_large_event(index: int, size: int) -> BatchTooLargeError:
    """Make the error for an event that is too long for any request."""
    return BatchTooLargeError(
        f"expected events of at most {MOST_EVENT_BYTES} bytes, got {size} at position {index}",
        size=size,
        limit=MOST_EVENT_BYTES,
    )


def idempotency_key(key: Optional[str]) -> dict[str, str]:
    """Make the header for an idempotency key.

    Raises:
        TypeError: It is not a text.
        ValueError: The gateway would refuse or ignore it.
    """
    if key is None:
        return {}
    check_text("an idempotency key", key)
    if not _KEY.fullmatch(key):
        raise ValueError(
            "expected an idempotency key of 1 to 255 visible ASCII characters, "
            f"got {len(key)} characters"
        )
    return {"idempotency-key": key}


def pin(contract_id: str, version: Optional[str]) -> tuple[str, Optional[str]]:
    """Split `id@version`, which earlier clients accepted; an explicit version wins.

    Raises:
        TypeError: The version is not a text.
        ValueError: The version is empty.
    """
    if version is not None:
        check_text("version", version)
    if version == "":
        raise ValueError("expected a version, got an empty text; pass None for the default")
    if not isinstance(contract_id, str):  # a UUID, or something that `segment` will refuse
        return contract_id, version
    contract, _, suffix = contract_id.partition("@")
    return contract, version if version is not None else (suffix or None)


def version_header(version: Optional[str]) -> dict[str, str]:
    """Make the header for a pinned version, if a header can hold its name."""
    if version is None or not _HEADER.fullmatch(version):
        return {}
    return {"x-contract-version": version}
