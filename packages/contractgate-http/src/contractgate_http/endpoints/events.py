"""Events: ingest, egress and the playground.

Source: docs/spec/gateway-http.md, sections 5.6 to 5.8 and 5.10.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Callable, Optional, TypedDict, TypeVar, Union

import msgspec

from contractgate_core._tracebacks import guarded
from contractgate_core.events.encode import encode_event
from contractgate_core.models import BatchIngestResponse, EgressResponse, EnvelopeResponse
from contractgate_http._call import MOST_BYTES, Call, Reply, Timeout, as_model, segment
from contractgate_http._contract_text import ContractText, text_of
from contractgate_http._events import (
    check_event_sizes,
    check_nul,
    encode_events,
    pin,
    version_header,
)
from contractgate_http._events import (
    idempotency_key as key_header,
)
from contractgate_http.endpoints._make import JSON, flag, json_body

__all__ = [
    "Playground",
    "PlaygroundViolation",
    "egress",
    "ingest",
    "ingest_bytes",
    "ingest_envelope",
    "ingest_legacy",
    "playground_validate",
]

T = TypeVar("T")

_ALL_FAILED = frozenset({422})
_INGEST = "/v1/ingest/{contract_id}"


class PlaygroundViolation(TypedDict):
    """One broken rule, as in the reply."""

    field: str
    message: str
    kind: str


class Playground(TypedDict):
    """The verdict on one event by a contract that is not stored, as in the reply.

    Attributes:
        passed: No rule was broken.
        violations: Every broken rule, in the gateway's order.
        validation_us: Duration of the check in whole **microseconds**.
        transformed_event: The event after the contract's transforms, made with an empty salt.
    """

    passed: bool
    violations: list[PlaygroundViolation]
    validation_us: int
    transformed_event: Any


@guarded
def ingest(  # noqa: PLR0913 - the options of an ingest
    contract_id: str,
    events: Any,
    *,
    version: Optional[str] = None,
    dry_run: bool = False,
    atomic: bool = False,
    idempotency_key: Optional[str] = None,
    timeout: Optional[Timeout] = None,
) -> Call[BatchIngestResponse]:
    """Send events to the gateway, which checks, stores and forwards them.

    Events that fail raise no error: the result says which, and why.

    Args:
        contract_id: The contract.
        events: A list of at most 1,000 events, or one event.
        version: The version to check by; by default the latest stable one.
        dry_run: Check only, and store nothing.
        atomic: Store nothing if one event fails.
        idempotency_key: Names this batch: the gateway stores it once within 24 hours, however
            often it is sent. It must be unique among all contracts. docs/retries.md has the limits.
        timeout: How long to wait in **seconds**, or an `httpx.Timeout`.

    Returns:
        A result for each event, in the order of the events.

    Raises:
        EventEncodeError: Something in an event cannot be sent; nothing was sent.
        BatchTooLargeError: It is too much for one request; nothing was sent. Use `ingest_many`.
        DeprecatedVersionError: The version is deprecated: all events were quarantined unchecked.
        IdempotencyConflictError: The key was used for another batch.
        NotFoundError: There is no such contract or version.
        ConflictError: The contract has no stable version, and none was asked for.
    """
    body = encode_events(events, split_by="ingest_many")
    check_event_sizes(events, body)
    return ingest_bytes(
        contract_id,
        body,
        version=version,
        dry_run=dry_run,
        atomic=atomic,
        idempotency_key=idempotency_key,
        timeout=timeout,
    )


@guarded
def ingest_bytes(  # noqa: PLR0913 - as above
    contract_id: str,
    body: bytes,
    *,
    version: Optional[str],
    dry_run: bool,
    atomic: bool = False,
    idempotency_key: Optional[str],
    timeout: Optional[Timeout],
) -> Call[BatchIngestResponse]:
    """Send a body that is already encoded."""
    contract, pinned = pin(contract_id, version)
    return Call(
        method="POST",
        path=f"/v1/ingest/{segment(contract, 'contract_id')}",
        route=_INGEST,
        read=_read_batch,
        params={"version": pinned, "dry_run": flag(dry_run), "atomic": flag(atomic)},
        headers={**JSON, **version_header(pinned), **key_header(idempotency_key)},
        body=body,
        timeout=timeout,
        is_repeatable=dry_run or idempotency_key is not None,
        needs_pause=not dry_run,
        value_statuses=_ALL_FAILED,
        body_limit=None,
        hint="; ingest_many splits batches",
    )


@guarded
def ingest_envelope(
    contract_id: str,
    payload: Any,
    *,
    version: Optional[str] = None,
    dry_run: bool = False,
    atomic: bool = False,
    timeout: Optional[Timeout] = None,
) -> Call[EnvelopeResponse]:
    """Send the payload of a contract that has an envelope: a wrapper with a list of records.

    It uses the route of older clients, the only one that knows envelopes. So it takes no
    idempotency key, and only a dry run is ever repeated.

    Args:
        contract_id: The contract.
        payload: The wrapper, with its records.
        version: The version to check by; by default the latest stable one.
        dry_run: Check only, and store nothing.
        atomic: Store nothing if one record fails.
        timeout: How long to wait in **seconds**, or an `httpx.Timeout`.

    Returns:
        How many records passed, and every broken rule.

    Raises:
        EventEncodeError: Something in the payload cannot be sent; nothing was sent.
        DeprecatedVersionError: The version is deprecated: the payload was quarantined unchecked.
        ResponseDecodeError: The contract has no envelope: the payload was judged as one event.
    """
    params = {"dry_run": flag(dry_run), "atomic": flag(atomic)}
    body = encode_events(payload)
    return _legacy(_read_envelope, contract_id, body, version, params, timeout)


@guarded
def ingest_legacy(
    contract_id: str,
    events: Any,
    *,
    version: Optional[str] = None,
    dry_run: bool = False,
    atomic: bool = False,
    timeout: Optional[Timeout] = None,
) -> Call[Union[BatchIngestResponse, EnvelopeResponse]]:
    """Send events by the route of older clients.

    It has no idempotency keys and returns no quarantine ids, but a gateway too old for `ingest` has
    it.

    Args:
        contract_id: The contract.
        events: A list of at most 1,000 events, one event, or the payload of an envelope.
        version: The version to check by; by default the latest stable one.
        dry_run: Check only, and store nothing.
        atomic: Store nothing if one event fails.
        timeout: How long to wait in **seconds**, or an `httpx.Timeout`.

    Returns:
        A result for each event; for a contract with an envelope, the results of its records.

    Raises:
        EventEncodeError: Something in an event cannot be sent; nothing was sent.
        BatchTooLargeError: It is too much for one request; nothing was sent.
        DeprecatedVersionError: The version is deprecated: all events were quarantined unchecked.
    """
    params = {"dry_run": flag(dry_run), "atomic": flag(atomic)}
    body = encode_events(events)
    return _legacy(_read_either, contract_id, body, version, params, timeout)


def _legacy(
    read: Callable[[Reply], T],
    contract_id: str,
    body: bytes,
    version: Optional[str],
    params: Mapping[str, Optional[str]],
    timeout: Optional[Timeout],
) -> Call[T]:
    path, headers = _pinned_path("/ingest", contract_id, version)
    return Call(
        method="POST",
        path=path,
        route="/ingest/{contract_id}",
        read=read,
        params=params,
        headers=headers,
        body=body,
        timeout=timeout,
        is_repeatable=params["dry_run"] is not None,
        value_statuses=_ALL_FAILED,
    )


def _pinned_path(
    prefix: str, contract_id: str, version: Optional[str]
) -> tuple[str, dict[str, str]]:
    """Pin a version by header, or in the path if a header cannot hold its name."""
    contract, pinned = pin(contract_id, version)
    header = version_header(pinned)
    path = f"{prefix}/{segment(contract, 'contract_id')}"
    if pinned is not None and not header:
        path += f"@{segment(pinned, 'version')}"
    return path, {**JSON, **header}


_read_batch = as_model(BatchIngestResponse)
_read_envelope = as_model(EnvelopeResponse)


def _read_either(reply: Reply) -> Union[BatchIngestResponse, EnvelopeResponse]:
    try:
        return _read_batch(reply)
    except msgspec.ValidationError:
        return _read_envelope(reply)


@guarded
def egress(
    contract_id: str,
    events: Any,
    *,
    version: Optional[str] = None,
    disposition: Optional[str] = None,
    dry_run: bool = False,
    timeout: Optional[Timeout] = None,
) -> Call[EgressResponse]:
    """Check and clean records on their way out; records that fail raise no error.

    Args:
        contract_id: The contract.
        events: A list of at most 1,000 records, or one record.
        version: The version to check by; by default the latest stable one.
        disposition: What to do with records that fail: `block` leaves them out, `fail` rejects all,
            `tag` keeps them.
        dry_run: Check only, and store nothing.
        timeout: How long to wait in **seconds**, or an `httpx.Timeout`.

    Returns:
        The records that may go out, and the outcome of each record.

    Raises:
        EventEncodeError: Something in a record cannot be sent; nothing was sent.
        BatchTooLargeError: It is too much for one request; nothing was sent.
        BadRequestError: The version is deprecated, or the disposition is unknown.
    """
    path, headers = _pinned_path("/egress", contract_id, version)
    return Call(
        method="POST",
        path=path,
        route="/egress/{contract_id}",
        read=as_model(EgressResponse),
        params={"disposition": disposition, "dry_run": flag(dry_run)},
        headers=headers,
        body=encode_events(events),
        timeout=timeout,
        is_repeatable=dry_run,
        value_statuses=_ALL_FAILED,
    )


@guarded
def playground_validate(
    yaml_content: ContractText, event: Any, *, timeout: Optional[Timeout] = None
) -> Call[Playground]:
    """Check one event by a contract that is not stored; this also shows whether it compiles.

    Args:
        yaml_content: The contract: its text, the path of a file, or a `Contract`.
        event: The event.
        timeout: How long to wait in **seconds**, or an `httpx.Timeout`.

    Returns:
        The verdict, as a plain dict.

    Raises:
        EventEncodeError: Something in the event cannot be sent; nothing was sent.
        ValidationFailedError: The YAML is not a contract, or does not compile.
    """
    written = encode_event(event, levels=126)
    check_nul(written)
    body = {"yaml_content": text_of(yaml_content, "yaml_content"), "event": msgspec.Raw(written)}
    return Call(
        method="POST",
        path="/playground/validate",
        route="/playground/validate",
        read=_read_playground,
        headers=JSON,
        body=json_body(body),
        timeout=timeout,
        is_repeatable=True,
        body_limit=MOST_BYTES,
    )


def _read_playground(reply: Reply) -> Playground:
    return msgspec.json.decode(reply.body, type=Playground)
