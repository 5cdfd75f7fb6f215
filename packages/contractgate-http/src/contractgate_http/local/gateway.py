"""`LocalGateway`: a gateway in this process."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import weakref
from collections.abc import Iterable, Iterator
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
from contractgate_http.local.state import State
from contractgate_http.local.steps import Steps, take_here
from contractgate_http.local.store import Store, open_store
from contractgate_http.local.store.accounts import Org
from contractgate_http.local.store.database import MEMORY
from contractgate_http.local.times import SECOND, Clock, GatewayClock, month_of, read_seconds
from contractgate_http.local.transport import GatewayClosedError, LocalTransport

__all__ = ["LocalGateway"]

_ORG, _KEY = "org_id", "api_key"

_opened: weakref.WeakSet[LocalGateway] = weakref.WeakSet()


class LocalGateway:
    """A ContractGate gateway that runs in this process and speaks its wire protocol.

    Many threads and tasks may use it at once. Close it, or use it in a `with` block.

    Args:
        database: The file that keeps everything, or `:memory:`. Only one gateway, among all
            processes, can have a file open; an empty file beside it (`.lock`) marks it.
        auth: Whether callers need a key; if not, it is the gateway's no-auth development mode.
        clock: Returns the time in Unix **seconds**; by default the system's, which tests may
            freeze.

    Attributes:
        url: A base URL for clients that use `transport`; nothing listens there.
        org_id: The organisation that exists from the start: plan `growth`, bodies kept.
        api_key: A key of this organisation.
        transport: For `httpx.Client` and `httpx.AsyncClient`.
        asgi: For any ASGI server.
        faults: The faults to inject.
        requests: The last requests, with their secrets masked.

    Raises:
        DatabaseError: The file cannot be opened, or another gateway has it open.
        TypeError: `clock` is not a function that returns a number.
        ValueError: It returns no valid time: not finite, or not from 1970 to 9999.
    """

    url = "http://contractgate.local"

    @guarded
    def __init__(
        self,
        database: Union[str, os.PathLike[str]] = MEMORY,
        *,
        auth: bool = True,
        clock: Optional[Clock] = None,
    ) -> None:
        self.faults = Faults()
        self.requests = RequestLog()
        checked = GatewayClock(clock)
        store = open_store(os.fsdecode(database))
        self._state = State(store, checked, auth=auth, check_open=self._check_open)
        self._process = os.getpid()
        _opened.add(self)
        self._close = weakref.finalize(self, store.database.close)
        self.transport = LocalTransport(self.steps)
        self.asgi = AsgiApplication(self.steps)
        try:
            with store.database.wrapped("open"):
                with store.database.transaction():
                    self.org_id, self.api_key = _first_account(store)
                self._state.buckets.load(store.accounts.buckets())
        except BaseException:
            self._close()
            raise

    @guarded
    def deliver(self, request: Request) -> Delivery:
        """Answer a request; every way into the gateway ends here.

        Raises:
            GatewayClosedError: The gateway is closed.
        """
        return take_here(self.steps(request))

    def steps(self, request: Request) -> Steps[Delivery]:
        """Answer a request in steps; between them, others can use the gateway.

        Raises:
            GatewayClosedError: The gateway is closed, or is closed before it has answered.
        """
        self._check_open()  # first: in a forked child, a lost thread may still hold a lock
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
            org_id: Its id, a UUID; by default a random one.
            plan: `free`, `growth` or `enterprise`.
            store_event_payloads: Whether the bodies of its events are kept, if the plan allows it.
            used: How many events it has used this month.

        Returns:
            Its id.

        Raises:
            ValueError: The id is not a UUID, or there is no such plan.
        """
        if plan not in limits.PLANS:
            raise ValueError(f"expected one of the plans {', '.join(limits.PLANS)}, got {plan!r}")
        identity = new_id() if org_id is None else read_uuid(org_id)
        with self._state.lock, self._writing() as store:
            store.accounts.put_org(Org(identity, plan, int(store_event_payloads)))
            if used:
                month = month_of(int(self._state.clock.seconds() * SECOND))
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
            key: The key, which begins with `cg_`; by default a random one.
            org: The organisation's id; by default the one that exists from the start.
            allowed_contract_ids: The only contracts that it may send events to.
            rate: How many requests per **second** it may send in the long run.
            burst: How many it may send at once.
            revoked: Whether it is revoked.

        Returns:
            The key.

        Raises:
            ValueError: The key is invalid or hidden by another, or there is no such organisation.
        """
        with self._state.lock, self._writing() as store:
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
        """Return whether a key is known and not revoked."""
        with self._state.lock:
            self._check_open()
            store = self._state.store
            with store.database.wrapped("read"):
                return keys.find_key(store, key) is not None

    @guarded
    def reset(self) -> None:
        """Forget contracts, events, faults, requests and rates; organisations and keys stay."""
        with self._state.lock:
            with self._writing() as store:
                store.clear()
            self._state.buckets.clear()
            self._state.late.clear()
            self._state.clock.set_right()
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
            before: Only rows written before this; an aware datetime or Unix **seconds**.
            contract_id: Only rows of this contract.

        Returns:
            How many rows were removed.

        Raises:
            TypeError: `before` is neither a datetime nor a number.
            ValueError: `before` is not finite, or not from 1970 to 9999.
        """
        limit = before.timestamp() if isinstance(before, dt.datetime) else before
        micros = None if limit is None else int(read_seconds(limit, "before=") * SECOND)
        identity = None if contract_id is None else read_uuid(contract_id)
        with self._state.lock:
            with self._writing() as store:
                now = int(self._state.clock.seconds() * SECOND)
                removed = store.audit.remove(micros, identity)
                removed += store.quarantine.remove(micros, identity)
                removed += store.replies.remove_expired(now)
            store.database.compact()
        return removed

    @guarded
    def backup(self, path: Union[str, os.PathLike[str]]) -> None:
        """Copy the database to a file that a gateway can open.

        The copy holds everything answered so far. Requests wait meanwhile. A file in use cannot be
        copied in any other way.

        Args:
            path: The copy; only its owner can read it. It appears complete, or not at all.

        Raises:
            DatabaseError: There already is a file of that name, or it cannot be written.
            GatewayClosedError: The gateway is closed.
        """
        self._check_open()
        database = self._state.store.database
        with database.new_copy(os.fsdecode(path)) as part, self._state.lock:
            with self._writing() as store:
                store.accounts.set_buckets(self._state.buckets.dump())
            database.copy_into(part)

    @contextlib.contextmanager
    def _writing(self) -> Iterator[Store]:
        """Open a transaction that first does all late writes."""
        self._check_open()
        state = self._state
        with state.store.database.wrapped("write"):
            with state.store.database.transaction():
                written = state.late.write()
                yield state.store
            state.late.forget(written)

    @guarded
    def close(self) -> None:
        """Do all late writes, and close the database; a second call does nothing.

        Raises:
            DatabaseError: They could not be done; the database is closed all the same.
        """
        with self._state.lock:
            if not self._close.alive:
                return
            try:
                if self._process == os.getpid():
                    with self._writing() as store:
                        store.accounts.set_buckets(self._state.buckets.dump())
            finally:
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


def _first_account(store: Store) -> tuple[str, str]:
    """Find the organisation and the key that exist from the start, or make them."""
    org_id, key = store.accounts.setting(_ORG), store.accounts.setting(_KEY)
    if org_id is None or key is None:
        org_id, key = new_id(), keys.make_key(store)
        store.accounts.put_org(Org(org_id, "growth", 1))
        keys.add_key(store, key, org_id)
        store.accounts.set(_ORG, org_id)
        store.accounts.set(_KEY, key)
    return org_id, key


def _free_locks() -> None:
    """In a forked child, replace the locks that a lost thread may have held."""
    for gateway in _opened:
        gateway._state.renew_locks()
        gateway.faults.renew_lock()
        gateway.requests.renew_lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_free_locks)
