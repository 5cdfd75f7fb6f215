"""`Client`, whose calls wait for their answers. `AsyncClient` is the same with `await`."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from types import TracebackType
from typing import Any, Optional, TypeVar

import httpx

from contractgate_core._tracebacks import cut, guarded
from contractgate_core.errors import ResponseDecodeError
from contractgate_core.models import AuditEntry, IngestEventResult, IngestTotals, QuarantinedEvent
from contractgate_http import _deploying
from contractgate_http._base import BaseClient
from contractgate_http._begun import Outcomes
from contractgate_http._binding import blocking, blocking_flow
from contractgate_http._body import Body, parts_of
from contractgate_http._call import Call, Timeout
from contractgate_http._clock import sleep
from contractgate_http._exchange import Flow, Outcome, Step
from contractgate_http._failures import HTTPX_ERRORS
from contractgate_http._many import Many
from contractgate_http._paging import MOST_ROWS, Pager, audit_pager, quarantine_pager
from contractgate_http._sending import events_of, stream
from contractgate_http._totals import Tally
from contractgate_http._visible import until_quarantined
from contractgate_http.endpoints import (
    account,
    contracts,
    events,
    records,
    service,
    tools,
    versions,
)

__all__ = ["Client"]

__tracebackhide__ = True  # by pytest

T = TypeVar("T")


class Client(BaseClient[httpx.Client]):
    """Calls a ContractGate gateway.

    Threads may share it. Close it, or use it in a `with` block.

    Args:
        base_url: Where the gateway is; by default, the environment variable
            `CONTRACTGATE_BASE_URL`. `local:` is a new gateway inside this process, `local:FILE`
            one that is kept in a file.
        api_key: The key; by default, the environment variable `CONTRACTGATE_API_KEY`; "" for none.
        org_id: An organisation, which only a gateway in no-auth mode reads.
        timeout: How long one try may take in **seconds**, or an `httpx.Timeout` for its parts,
            whose sum limits the try; by default, longer than the 30 seconds after which the gateway
            itself gives up.
        retries: When to repeat requests; by default, never.
        limits: How many connections to keep.
        proxy: The URL of a proxy; by default, as the environment says.
        verify: Whether and how to check the gateway's certificate, as for httpx; a text is the path
            of trusted certificates.
        headers: Further headers of every request.
        transport: The httpx transport that sends requests.
        http_client: An httpx client to use. It is not closed with this one, and excludes transport,
            verify, proxy and limits.
        max_body_bytes: How long the body of an ingest may be, for a gateway with another limit.
        max_response_bytes: How many **bytes** of an answer are read before it counts as endless.

    Raises:
        OSError: Certificates cannot be read.
        TypeError: An argument has a wrong type, or two exclude each other.
        ValueError: An argument or an environment variable has a wrong value; the error never shows
            a key.
    """

    _http_class = httpx.Client

    health = blocking(service.health)
    ready = blocking(service.ready)

    list_contracts = blocking(contracts.list_contracts)
    create_contract = blocking(contracts.create_contract)
    get_contract = blocking(contracts.get_contract)
    update_contract = blocking(contracts.update_contract)
    delete_contract = blocking(contracts.delete_contract)
    list_name_changes = blocking(contracts.list_name_changes)
    deploy = blocking_flow(_deploying.deploy)
    import_odcs = blocking(contracts.import_odcs)

    list_versions = blocking(versions.list_versions)
    create_version = blocking(versions.create_version)
    get_version = blocking(versions.get_version)
    get_latest_stable = blocking(versions.get_latest_stable)
    update_version = blocking(versions.update_version)
    delete_version = blocking(versions.delete_version)
    promote_version = blocking(versions.promote_version)
    deprecate_version = blocking(versions.deprecate_version)
    probe_version = blocking(versions.probe_version)
    export_odcs = blocking(versions.export_odcs)
    approve_import = blocking(versions.approve_import)
    get_odcs_conformance = blocking(versions.get_odcs_conformance)

    ingest = blocking(events.ingest)
    ingest_envelope = blocking(events.ingest_envelope)
    ingest_legacy = blocking(events.ingest_legacy)
    egress = blocking(events.egress)
    playground_validate = blocking(events.playground_validate)

    audit = blocking(records.audit)
    stats = blocking(records.stats)
    get_contract_stats = blocking(records.get_contract_stats)
    list_quarantine = blocking(records.list_quarantine)
    replay = blocking(records.replay)
    replay_events = blocking(records.replay_events)
    get_replay_history = blocking(records.get_replay_history)
    get_event_replay_history = blocking(records.get_event_replay_history)

    infer = blocking(tools.infer)
    infer_avro = blocking(tools.infer_avro)
    infer_csv = blocking(tools.infer_csv)
    infer_openapi = blocking(tools.infer_openapi)
    infer_proto = blocking(tools.infer_proto)
    infer_url = blocking(tools.infer_url)
    scaffold = blocking(tools.scaffold)
    diff = blocking(tools.diff)

    usage = blocking(account.usage)
    get_report = blocking(account.get_report)
    get_scorecard = blocking(account.get_scorecard)
    get_payload_storage = blocking(account.get_payload_storage)
    set_payload_storage = blocking(account.set_payload_storage)
    set_contract_storage = blocking(account.set_contract_storage)
    purge_bodies = blocking(account.purge_bodies)

    @guarded
    def ingest_many(  # noqa: PLR0913 - the settings of a stream
        self,
        contract_id: str,
        events: Iterable[Any],
        *,
        version: Optional[str] = None,
        dry_run: bool = False,
        idempotency_key: Optional[str] = None,
        in_flight: int = 4,
        batch_size: int = 1000,
        max_wait: Optional[float] = None,
        timeout: Optional[Timeout] = None,
    ) -> Generator[IngestEventResult, None, None]:
        """Send any number of events, in as many requests as needed.

        Events are taken from the iterable as they are needed. Rules across events, such as
        uniqueness, only see the events of one request.

        Args:
            contract_id: The contract.
            events: The events; an iterable of any length.
            version: The version to check by; by default the latest stable one.
            dry_run: Check only, and store nothing.
            idempotency_key: Names the whole stream: request n is sent with `key/n`, and the same
                events are always split in the same way.
            in_flight: How many requests may be under way at once.
            batch_size: How many events a request may have.
            max_wait: How long an event may wait for its request to fill up, in **seconds**; by
                default, until it is full or the events end. Not with an idempotency key.
            timeout: How long to wait for each request in **seconds**, or an `httpx.Timeout`.

        Returns:
            An iterator of the outcomes, in the order of the events; `index` is the event's position
            in the whole stream. Nothing is sent before the first outcome is asked for; an iterator
            that is dropped before that warns (`RuntimeWarning`).

        Raises:
            IngestInterruptedError: An event cannot be sent, or a request or the iterable failed. It
                says which positions were answered, refused, sent without an answer and not sent.
            TypeError: The events are not an iterable, or are one event.
            ValueError: An argument has a wrong value.
        """
        many = Many(
            contract_id,
            version=version,
            dry_run=dry_run,
            idempotency_key=idempotency_key,
            timeout=timeout,
            in_flight=in_flight,
            batch_size=batch_size,
            max_wait=max_wait,
            most_bytes=self._config.max_body_bytes,
        )
        return Outcomes(stream(self.run, many, events_of(events)))

    @guarded
    def ingest_all(  # noqa: PLR0913 - the settings of a stream
        self,
        contract_id: str,
        events: Iterable[Any],
        *,
        version: Optional[str] = None,
        dry_run: bool = False,
        idempotency_key: Optional[str] = None,
        in_flight: int = 4,
        batch_size: int = 1000,
        max_wait: Optional[float] = None,
        timeout: Optional[Timeout] = None,
    ) -> IngestTotals:
        """Send any number of events, as `ingest_many` does, and count what became of them.

        Memory is bounded: outcomes are counted as they come, and not kept.

        Args:
            contract_id: The contract.
            events: The events; an iterable of any length.
            version: The version to check by; by default the latest stable one.
            dry_run: Check only, and store nothing.
            idempotency_key: Names the whole stream; see `ingest_many`.
            in_flight: How many requests may be under way at once.
            batch_size: How many events a request may have.
            max_wait: How long an event may wait for its request to fill up, in **seconds**.
            timeout: How long to wait for each request in **seconds**, or an `httpx.Timeout`.

        Returns:
            How many events passed and failed, how often each rule was broken, and which event broke
            it first.

        Raises:
            IngestInterruptedError: As for `ingest_many`; `totals` has the counts until then.
            TypeError: The events are not an iterable, or are one event.
            ValueError: An argument has a wrong value.
        """
        outcomes = self.ingest_many(
            contract_id,
            events,
            version=version,
            dry_run=dry_run,
            idempotency_key=idempotency_key,
            in_flight=in_flight,
            batch_size=batch_size,
            max_wait=max_wait,
            timeout=timeout,
        )
        with Tally() as tally:
            for outcome in outcomes:
                tally.add(outcome)
        return tally.totals()

    @guarded
    def iter_audit(
        self,
        contract_id: Optional[str] = None,
        *,
        page_size: int = MOST_ROWS,
        timeout: Optional[Timeout] = None,
    ) -> Generator[AuditEntry, None, None]:
        """Iterate over the audit, newest first, page by page.

        Rows that arrive meanwhile are left out, and no row comes twice. Of rows with the same time,
        some may be missed, since the gateway returns them in no fixed order.

        Args:
            contract_id: Only rows of this contract.
            page_size: How many rows to fetch at once, from 1 to 500.
            timeout: How long to wait for each page in **seconds**, or an `httpx.Timeout`.

        Returns:
            An iterator of the rows.

        Raises:
            ValueError: The page size is out of range.
        """
        return self._rows(audit_pager(contract_id, page_size, timeout))

    @guarded
    def iter_quarantine(
        self,
        contract_id: Optional[str] = None,
        *,
        page_size: int = MOST_ROWS,
        timeout: Optional[Timeout] = None,
    ) -> Generator[QuarantinedEvent, None, None]:
        """Iterate over the events in quarantine, newest first, page by page.

        Rows that arrive meanwhile are left out, and no row comes twice. Of rows with the same time,
        some may be missed, since the gateway returns them in no fixed order.

        Args:
            contract_id: Only events of this contract.
            page_size: How many events to fetch at once, from 1 to 500.
            timeout: How long to wait for each page in **seconds**, or an `httpx.Timeout`.

        Returns:
            An iterator of the events.

        Raises:
            ValueError: The page size is out of range.
        """
        return self._rows(quarantine_pager(contract_id, page_size, timeout))

    def _rows(self, pager: Pager[T]) -> Generator[T, None, None]:
        try:
            while not pager.is_done:
                page = self.run(pager.call())
                yield from pager.take(page)
        except BaseException as error:
            cut(error)
            raise error

    @guarded
    def wait_until_quarantined(
        self, contract_id: str, quarantine_ids: Sequence[str], *, within: float = 10.0
    ) -> None:
        """Wait until failed events are visible in quarantine, and so can be replayed.

        Args:
            contract_id: The contract.
            quarantine_ids: The ids that `ingest` returned. Those of dry runs and atomic rejections
                name nothing, so do not wait for them.
            within: How long to wait in **seconds**.

        Raises:
            TimeoutError: Not all are visible yet.
        """
        self._drive(until_quarantined(self._exchange, contract_id, quarantine_ids, within))

    @guarded
    def close(self) -> None:
        """Close the client, and its connections if it opened them."""
        self._is_closed = True
        if self._is_owner:
            self._pool.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()

    @guarded
    def run(self, call: Call[T], /) -> T:
        """Make a call for which this client has no method; see `contractgate_http.endpoints`.

        Args:
            call: The call.

        Returns:
            The value of its answer.
        """
        return self._drive(self._exchange(call))

    def _drive(self, flow: Flow[T]) -> T:
        outcome: Outcome = None
        try:
            while True:
                try:
                    step = flow.send(outcome)
                except StopIteration as done:
                    value: T = done.value
                    return value
                outcome = self._perform(step)
        finally:
            flow.close()

    def _perform(self, step: Step) -> Outcome:
        if not isinstance(step, httpx.Request):
            sleep(step)
            return None
        self._pool.check()
        try:
            response = self._pool.http.send(step, stream=True, follow_redirects=False)
            try:
                body = Body(step, response, self._config.max_response_bytes)
                for part in parts_of(response):
                    if body.add(part):
                        break
                return body.reply()
            finally:
                response.close()
        except (*HTTPX_ERRORS, ResponseDecodeError) as error:
            return error
