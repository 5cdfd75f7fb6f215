"""What both clients share: settings, and a pool of connections."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, Callable, Generic, Optional, TypeVar

import httpx
import msgspec

from contractgate_core._tracebacks import guarded
from contractgate_core.errors import ClientStateError
from contractgate_http._arguments import (
    as_patience,
    check_connections,
    check_count,
    check_http_client,
    check_retries,
)
from contractgate_http._call import Call, Timeout
from contractgate_http._config import (
    MOST_BODY_BYTES,
    MOST_RESPONSE_BYTES,
    Config,
    given_url,
    is_local,
    make_config,
    pool_arguments,
    with_headers,
)
from contractgate_http._embedded import open_gateway
from contractgate_http._environment import ProxyUrl
from contractgate_http._exchange import Flow, exchange
from contractgate_http._pool import Pool
from contractgate_http._retry import RetryPolicy

__all__ = ["BaseClient"]

H = TypeVar("H", httpx.Client, httpx.AsyncClient)
Self = TypeVar("Self", bound="BaseClient[Any]")
T = TypeVar("T")


class BaseClient(Generic[H]):
    """A client that does no waiting; see `Client` for the arguments."""

    _http_class: type[H]
    _pool: Pool[H]
    _config: Config

    @guarded
    def __init__(  # noqa: PLR0913 - the settings of a client
        self,
        base_url: Optional[str] = None,
        api_key: Optional[str] = None,
        *,
        org_id: Optional[str] = None,
        timeout: Optional[Timeout] = None,
        retries: Optional[RetryPolicy] = None,
        limits: Optional[httpx.Limits] = None,
        proxy: Optional[ProxyUrl] = None,
        verify: Any = None,
        headers: Optional[Mapping[str, str]] = None,
        transport: Any = None,
        http_client: Optional[H] = None,
        max_body_bytes: int = MOST_BODY_BYTES,
        max_response_bytes: int = MOST_RESPONSE_BYTES,
    ) -> None:
        parts: dict[str, Any] = {
            "transport": transport,
            "verify": verify,
            "proxy": proxy,
            "limits": limits,
        }
        check_connections(parts, self._http_class)
        check_http_client(http_client, self._http_class)
        _check_parts(http_client, parts)
        release: Optional[Callable[[], None]] = None
        base_url = given_url(base_url)
        if is_local(base_url):
            _check_embedded(http_client, parts)
            gateway, release = open_gateway(base_url)
            base_url, parts["transport"] = gateway.url, gateway.transport
            api_key = gateway.api_key if api_key is None else api_key
        try:
            self._config = make_config(
                base_url=base_url,
                api_key=api_key,
                org_id=org_id,
                timeout=timeout,
                retries=retries,
                headers=headers,
                max_body_bytes=max_body_bytes,
                max_response_bytes=max_response_bytes,
                is_ours=http_client is None,
            )
            http = self._open(parts) if http_client is None else http_client
        except BaseException:
            if release is not None:
                release()
            raise
        self._pool = Pool(http, is_ours=http_client is None, release=release)
        self._is_owner = True
        self._is_closed = False

    def _open(self, parts: Mapping[str, Any]) -> H:
        """Open an httpx client that sends our headers."""
        return self._http_class(
            **pool_arguments(self._http_class, **parts), headers=self._config.headers
        )

    @guarded
    def with_options(  # noqa: PLR0913 - the settings of a copy
        self: Self,
        *,
        api_key: Optional[str] = None,
        org_id: Optional[str] = None,
        timeout: Optional[Timeout] = None,
        retries: Optional[RetryPolicy] = None,
        headers: Optional[Mapping[str, str]] = None,
        max_body_bytes: Optional[int] = None,
        max_response_bytes: Optional[int] = None,
    ) -> Self:
        """Make a copy with other settings that shares the connections.

        Only the client that opened the connections closes them, and with them its copies.

        Args:
            api_key: Another key; "" for none.
            org_id: Another organisation.
            timeout: How long to wait in **seconds**, or an `httpx.Timeout`.
            retries: When to repeat requests.
            headers: Headers to add, or to replace those of the same name.
            max_body_bytes: How long the body of an ingest may be.
            max_response_bytes: How much of an answer is read.

        Returns:
            The copy; settings that are not given stay as in this client.

        Raises:
            TypeError: An argument has a wrong type.
            ValueError: An argument has a wrong value.
        """
        check_retries(retries)
        for name, count in (
            ("max_body_bytes", max_body_bytes),
            ("max_response_bytes", max_response_bytes),
        ):
            if count is not None:
                check_count(name, count)
        config = self._config
        made = copy.copy(self)
        made._config = msgspec.structs.replace(
            config,
            headers=with_headers(config.headers, api_key, org_id, headers),
            are_headers_sent=config.are_headers_sent
            and all(one is None for one in (api_key, org_id, headers)),
            timeout=config.timeout if timeout is None else as_patience(timeout),
            retries=config.retries if retries is None else retries,
            max_body_bytes=config.max_body_bytes if max_body_bytes is None else max_body_bytes,
            max_response_bytes=config.max_response_bytes
            if max_response_bytes is None
            else max_response_bytes,
        )
        made._is_owner = False
        return made

    @property
    def is_closed(self) -> bool:
        """The client is closed."""
        return self._is_closed or self._pool.is_closed

    @property
    def _http(self) -> H:
        """The httpx client, under the name that tests of the published SDK use."""
        return self._pool.http

    def __repr__(self) -> str:
        if "_is_closed" not in vars(self):  # an error stopped `__init__`
            return f"<{type(self).__name__}>"
        state = ", closed" if self.is_closed else ""
        return f"<{type(self).__name__}({self._config!r}{state})>"

    def _exchange(self, call: Call[T]) -> Flow[T]:
        """Begin a call."""
        if self._is_closed:
            raise ClientStateError("this client is closed; make a new one")
        return exchange(call, self._build, self._config.retries)

    def _build(self, call: Call[Any], seconds_left: Optional[float]) -> httpx.Request:
        return self._config.request(self._pool.http, call, seconds_left)


def _check_parts(http_client: object, parts: Mapping[str, object]) -> None:
    given = [name for name, value in parts.items() if value is not None]
    if http_client is not None and given:
        raise TypeError(f"expected http_client alone, got {', '.join(given)} with it")


def _check_embedded(http_client: object, parts: Mapping[str, object]) -> None:
    given = [name for name, value in parts.items() if value is not None]
    if http_client is not None or given:
        names = ", ".join(given) or "http_client"
        raise TypeError(f"expected base_url='local:' without connections, got {names} with it")
