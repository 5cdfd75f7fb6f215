"""`LocalGateway`: a gateway in this process."""

from __future__ import annotations

import datetime as dt
import os
import threading
import time
import weakref
from collections.abc import Iterable
from types import TracebackType
from typing import Optional, Union

from contractgate_core._tracebacks import guarded
from contractgate_http.local.asgi import AsgiApplication
from contractgate_http.local.delivery import Delivery, deliver
from contractgate_http.local.faults import Faults
from contractgate_http.local.ids import new_id, read_uuid
from contractgate_http.local.message import Request
from contractgate_http.local.recorded import RequestLog
from contractgate_http.local.rules import keys, limits
from contractgate_http.local.state import Clock, State
from contractgate_http.local.store import Store, open_store
from contractgate_http.local.store.accounts import Org
from contractgate_http.local.store.database import MEMORY
from contractgate_http.local.times import SECOND, month_of
from contractgate_http.local.transport import GatewayClosedError, LocalTransport

__all__ = ["LocalGateway"]

_ORG, _KEY = "org_id", "api_key"


class LocalGateway:
    """A ContractGate gateway that runs in this process and speaks its wire protocol.

    It may be used by many threads and tasks at once. Close it, or use it in a `with` block.

    Args:
        database: The file that it keeps everything in, or `:memory:`. Only one gateway can have a
            file open.
        auth: Whether callers need a key; without, it is the gateway's no-auth development mode.
        clock: The time in Unix **seconds**.

    Attributes:
        url: A base URL for clients that use `transport`; nothing listens there.
        org_id: The organisation that is there from the beginning: plan `growth`, bodies kept.
        api_key: A key of this organisation.
        transport: For `httpx.Client` and `httpx.AsyncClient`.
        asgi: For any ASGI server.
        faults: What is to go wrong.
        requests: The last requests, their secrets masked.

    Raises:
        DatabaseError: The file cannot be opened, or another gateway has it open.
    """

    url = "http://contractgate.local"

    @guarded
    def __init__(
        self,
        database: Union[str, os.PathLike[str]] = MEMORY,
        *,
        auth: bool = True,
        clock: Clock = time.time,
    ) -> None:
        store = open_store(os.fspath(database))
        self._state = State(store, clock, auth=auth)
        self._lock = threading.RLock()
        self._process = os.getpid()
        self._close = weakref.finalize(self, store.database.close)
        self.faults = Faults()
        self.requests = RequestLog()
        self.transport = LocalTransport(self.deliver)
        self.asgi = AsgiApplication(self.deliver)
        with store.database.transaction():
            self.org_id, self.api_key = _first_account(store)
        self._state.buckets.load(store.accounts.buckets())

    @guarded
    def deliver(self, request: Request) -> Delivery:
        """Answer a request; what every way into the gateway ends in.

        Raises:
            GatewayClosedError: The gateway is closed.
        """
        with self._lock:
            self._check_open()
            return deliver(self._state, self.faults, self.requests, request)

    def _check_open(self) -> None:
        if not self._close.alive:
            raise GatewayClosedError("the gateway is closed")
        if self._process != os.getpid():
            raise GatewayClosedError(
                "the gateway was opened by another process; open one of its own"
            )

    @guarded
    def add_org(
        self,
        org_id: Optional[str] = None,
        *,
        plan: str = "growth",
        store_event_payloads: bool = True,
        used: int = 0,
    ) -> str:
        """Add an organisation, or change one.

        Args:
            org_id: Its id, a UUID; one is made up if there is none.
            plan: `free`, `growth` or `enterprise`.
            store_event_payloads: Whether bodies of its events are kept, if the plan allows it.
            used: How many events it has used this month.

        Returns:
            Its id.

        Raises:
            ValueError: The id or the plan is none.
        """
        if plan not in limits.PLANS:
            raise ValueError(f"expected one of the plans {', '.join(limits.PLANS)}, got {plan!r}")
        identity = new_id() if org_id is None else read_uuid(org_id)
        with self._lock, self._writing() as store:
            store.accounts.put_org(Org(identity, plan, int(store_event_payloads)))
            if used:
                month = month_of(int(self._state.seconds() * SECOND))
                store.accounts.set_used(identity, month, used)
        return identity

    @guarded
    def add_key(
        self,
        key: Optional[str] = None,
        *,
        org: Optional[str] = None,
        allowed_contract_ids: Optional[Iterable[str]] = None,
        rate: Optional[float] = None,
        burst: Optional[float] = None,
        revoked: bool = False,
    ) -> str:
        """Add an API key.

        Args:
            key: The key, which begins with `cg_`; one is made up if there is none.
            org: The organisation's id; the one that is there from the beginning if there is none.
            allowed_contract_ids: The only contracts that it may send events to.
            rate: How many requests a **second** it may send in the long run.
            burst: How many it may send at once.
            revoked: Whether it is out of use.

        Returns:
            The key.

        Raises:
            ValueError: The key can be none, there is no such organisation, or another key hides it.
        """
        with self._lock, self._writing() as store:
            identity = self.org_id if org is None else read_uuid(org)
            if store.accounts.org(identity) is None:
                raise ValueError(f"there is no organisation {identity}; add it first")
            made = keys.make_key(store) if key is None else key
            keys.add_key(
                store,
                made,
                identity,
                allowed=allowed_contract_ids,
                rate=rate,
                burst=burst,
                revoked=revoked,
            )
        return made

    @guarded
    def has_key(self, key: str) -> bool:
        """Tell whether a key is known and in use."""
        with self._lock:
            self._check_open()
            return keys.find_key(self._state.store, key) is not None

    @guarded
    def reset(self) -> None:
        """Forget contracts, events, faults, requests and rates; organisations and keys stay."""
        with self._lock:
            with self._writing() as store:
                store.clear()
            self._state.buckets.clear()
            self._state.late.clear()
            self._state.clock_offset = 0.0
            self.faults.clear()
            self.requests.clear()
            store.database.compact()

    @guarded
    def purge(
        self,
        *,
        before: Union[dt.datetime, float, None] = None,
        contract_id: Optional[str] = None,
    ) -> int:
        """Forget events: rows of the audit and of the quarantine, and idempotent replies.

        Args:
            before: Only rows that were written before; an aware datetime or Unix **seconds**.
            contract_id: Only rows of this contract.

        Returns:
            How many rows are gone.
        """
        limit = before.timestamp() if isinstance(before, dt.datetime) else before
        micros = None if limit is None else int(limit * SECOND)
        identity = None if contract_id is None else read_uuid(contract_id)
        with self._lock:
            with self._writing() as store:
                now = int(self._state.seconds() * SECOND)
                removed = store.audit.remove(micros, identity)
                removed += store.quarantine.remove(micros, identity)
                removed += store.replies.remove_expired(now)
            store.database.compact()
        return removed

    def _writing(self) -> _Writing:
        self._check_open()
        return _Writing(self._state)

    @guarded
    def close(self) -> None:
        """Write what is still to be written, and close the database; again makes no difference."""
        with self._lock:
            if not self._close.alive:
                return
            if self._process == os.getpid():
                with self._writing() as store:
                    store.accounts.set_buckets(self._state.buckets.dump())
            self._close()

    def __enter__(self) -> LocalGateway:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "open" if self._close.alive else "closed"
        return f"<LocalGateway {'with' if self._state.auth else 'without'} keys, {state}>"


class _Writing:
    """A transaction in which everything that is still to be written is written first."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._transaction = state.store.database.transaction()

    def __enter__(self) -> Store:
        self._transaction.__enter__()
        self._state.late.flush_all()
        return self._state.store

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self._transaction.__exit__(kind, error, trace)


def _first_account(store: Store) -> tuple[str, str]:
    """Find the organisation and the key that are there from the beginning, or make them."""
    org_id, key = store.accounts.setting(_ORG), store.accounts.setting(_KEY)
    if org_id is None or key is None:
        org_id, key = new_id(), keys.make_key(store)
        store.accounts.put_org(Org(org_id, "growth", 1))
        keys.add_key(store, key, org_id)
        store.accounts.set(_ORG, org_id)
        store.accounts.set(_KEY, key)
    return org_id, key
