"""`AsyncClient`: `Client` with `await`, under asyncio and trio."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, Iterable, Sequence
from types import TracebackType
from typing import Any, Optional, TypeVar, Union

import httpx

from contractgate_core._tracebacks import cut, guarded, guarded_async
from contractgate_core.errors import ResponseDecodeError
from contractgate_core.models import AuditEntry, IngestEventResult, IngestTotals, QuarantinedEvent
from contractgate_http import _deploying
from contractgate_http._async_sending import async_stream, source_of
from contractgate_http._base import BaseClient
from contractgate_http._begun import AsyncOutcomes
from contractgate_http._binding import awaiting, awaiting_flow
from contractgate_http._body import Body, parts_of
from contractgate_http._call import Call, Timeout, terms_of
from contractgate_http._cutting import closing, cut_at, cut_error, sleep
from contractgate_http._exchange import Flow, Outcome, Step
from contractgate_http._failures import HTTPX_ERRORS
from contractgate_http._many import Many
from contractgate_http._paging import MOST_ROWS, Pager, audit_pager, quarantine_pager
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

__all__ = ["AsyncClient"]

__tracebackhide__ = True  # by pytest

T = TypeVar("T")


class AsyncClient(BaseClient[httpx.AsyncClient]):
    """Calls a ContractGate gateway.

    The tasks of one event loop may share it, under asyncio or trio. Close it, or use it in an
    `async with` block.

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

    _http_class = httpx.AsyncClient

    health = awaiting(service.health)
    ready = awaiting(service.ready)

    list_contracts = awaiting(contracts.list_contracts)
    create_contract = awaiting(contracts.create_contract)
    get_contract = awaiting(contracts.get_contract)
    update_contract = awaiting(contracts.update_contract)
    delete_contract = awaiting(contracts.delete_contract)
    list_name_changes = awaiting(contracts.list_name_changes)
    deploy = awaiting_flow(_deploying.deploy)
    import_odcs = awaiting(contracts.import_odcs)

    list_versions = awaiting(versions.list_versions)
    create_version = awaiting(versions.create_version)
    get_version = awaiting(versions.get_version)
    get_latest_stable = awaiting(versions.get_latest_stable)
    update_version = awaiting(versions.update_version)
    delete_version = awaiting(versions.delete_version)
    promote_version = awaiting(versions.promote_version)
    deprecate_version = awaiting(versions.deprecate_version)
    probe_version = awaiting(versions.probe_version)
    export_odcs = awaiting(versions.export_odcs)
    approve_import = awaiting(versions.approve_import)
    get_odcs_conformance = awaiting(versions.get_odcs_conformance)

    ingest = awaiting(events.ingest)
    ingest_envelope = awaiting(events.ingest_envelope)
    ingest_legacy = awaiting(events.ingest_legacy)
    egress = awaiting(events.egress)
    playground_validate = awaiting(events.playground_validate)

    audit = awaiting(records.audit)
    stats = awaiting(records.stats)
    get_contract_stats = awaiting(records.get_contract_stats)
    list_quarantine = awaiting(records.list_quarantine)
    replay = awaiting(records.replay)
    replay_events = awaiting(records.replay_events)
    get_replay_history = awaiting(records.get_replay_history)
    get_event_replay_history = awaiting(records.get_event_replay_history)

    infer = awaiting(tools.infer)
    infer_avro = awaiting(tools.infer_avro)
    infer_csv = awaiting(tools.infer_csv)
    infer_openapi = awaiting(tools.infer_openapi)
    infer_proto = awaiting(tools.infer_proto)
    infer_url = awaiting(tools.infer_url)
    scaffold = awaiting(tools.scaffold)
    diff = awaiting(tools.diff)

    usage = awaiting(account.usage)
    get_report = awaiting(account.get_report)
    get_scorecard = awaiting(account.get_scorecard)
    get_payload_storage = awaiting(account.get_payload_storage)
    set_payload_storage = awaiting(account.set_payload_storage)
    set_contract_storage = awaiting(account.set_contract_storage)
    purge_bodies = awaiting(account.purge_bodies)

    @guarded
    def ingest_many(  # noqa: PLR0913 - the settings of a stream
        self,
        contract_id: str,
        events: Union[Iterable[Any], AsyncIterable[Any]],
        *,
        version: Optional[str] = None,
        dry_run: bool = False,
        idempotency_key: Optional[str] = None,
        in_flight: int = 4,
        batch_size: int = 1000,
        max_wait: Optional[float] = None,
        timeout: Optional[Timeout] = None,
    ) -> AsyncGenerator[IngestEventResult, None]:
        """Send any number of events, in as many requests as needed.

        Events are taken from the iterable as they are needed. Rules across events, such as
        uniqueness, only see the events of one request.

        Args:
            contract_id: The contract.
            events: The events; an iterable or async iterable of any length.
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
        return AsyncOutcomes(async_stream(self.run, many, source_of(events, many)))

    @guarded_async
    async def ingest_all(  # noqa: PLR0913 - the settings of a stream
        self,
        contract_id: str,
        events: Union[Iterable[Any], AsyncIterable[Any]],
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
            events: The events; an iterable or async iterable of any length.
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
            async for outcome in outcomes:
                tally.add(outcome)
        return tally.totals()

    @guarded
    def iter_audit(
        self,
        contract_id: Optional[str] = None,
        *,
        page_size: int = MOST_ROWS,
        timeout: Optional[Timeout] = None,
    ) -> AsyncGenerator[AuditEntry, None]:
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
    ) -> AsyncGenerator[QuarantinedEvent, None]:
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

    async def _rows(self, pager: Pager[T]) -> AsyncGenerator[T, None]:
        try:
            while not pager.is_done:
                page = await self.run(pager.call())
                for row in pager.take(page):
                    yield row
        except BaseException as error:
            cut(error)
            raise error

    @guarded_async
    async def wait_until_quarantined(
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
        await self._drive(until_quarantined(self._exchange, contract_id, quarantine_ids, within))

    @guarded_async
    async def aclose(self) -> None:
        """Close the client, and its connections if it opened them."""
        self._is_closed = True
        if self._is_owner and not self._pool.is_closed:
            if self._pool.is_ours:
                await self._pool.http.aclose()
            self._pool.close()

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        await self.aclose()

    @guarded_async
    async def run(self, call: Call[T], /) -> T:
        """Make a call for which this client has no method; see `contractgate_http.endpoints`.

        Args:
            call: The call.

        Returns:
            The value of its answer.
        """
        return await self._drive(self._exchange(call))

    async def _drive(self, flow: Flow[T]) -> T:
        outcome: Outcome = None
        try:
            while True:
                try:
                    step = flow.send(outcome)
                except StopIteration as done:
                    value: T = done.value
                    return value
                outcome = await self._perform(step)
        finally:
            flow.close()

    async def _perform(self, step: Step) -> Outcome:
        if not isinstance(step, httpx.Request):
            await sleep(step)
            return None
        self._pool.check_loop()
        try:
            with cut_at(terms_of(step).deadline):
                response = await self._pool.http.send(step, stream=True, follow_redirects=False)
                try:
                    body = Body(step, response, self._config.max_response_bytes)
                    async for part in parts_of(response):
                        if body.add(part):
                            break
                    return body.reply()
                finally:
                    with closing():
                        await response.aclose()
        except (*HTTPX_ERRORS, ResponseDecodeError) as error:
            return error
        return cut_error(step)
