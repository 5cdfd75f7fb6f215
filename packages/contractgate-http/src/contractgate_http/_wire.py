"""Sockets with a deadline, for httpcore.

httpx times each wait on its own, so an answer that comes byte by byte can keep a blocking client
busy for ever. Here no wait is longer than the time left until the request's deadline, be it for
connecting, TLS, headers or chunks. An async client needs none of this, since it can be cancelled as
a whole.
"""

from __future__ import annotations

import contextvars
import select
import socket
import ssl
from collections.abc import Iterable
from functools import partial
from typing import Any, Callable, Optional, TypeVar, Union

import httpcore

from contractgate_http._clock import LONGEST, NO_DEADLINE, Deadline

__all__ = ["Network", "under"]

T = TypeVar("T")

Socket = Union[socket.socket, "_InnerTLS"]

_deadline: contextvars.ContextVar[Deadline] = contextvars.ContextVar(
    "contractgate_deadline", default=NO_DEADLINE
)
_TLS_RECORD = 16 * 1024


class under:  # noqa: N801 - it reads well in a `with` statement
    """Limit this thread's waits for sockets to a deadline."""

    __slots__ = ("_deadline", "_token")

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline

    def __enter__(self) -> None:
        self._token = _deadline.set(self._deadline)

    def __exit__(self, *_: object) -> None:
        _deadline.reset(self._token)


def _patience(timeout: Optional[float]) -> float:
    """Return how many **seconds** the next wait may take.

    Raises:
        socket.timeout: The deadline has passed.
    """
    left = _deadline.get().left()
    if left == 0:
        raise socket.timeout("the deadline has passed")
    return min(LONGEST if timeout is None else timeout, LONGEST if left is None else left)


_FAILURES = (OSError, ValueError, OverflowError)
"""What sockets raise; the last two are for invalid ports and hosts."""


def _error(error: Exception, timed_out: type[Exception], failed: type[Exception]) -> Exception:
    """Return the exception that httpcore expects from a network."""
    return (timed_out if isinstance(error, socket.timeout) else failed)(str(error))


class Network(httpcore.NetworkBackend):
    """Opens TCP connections."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: Optional[float] = None,
        local_address: Optional[str] = None,
        socket_options: Optional[Iterable[Any]] = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address of a host that answers."""
        try:
            made = _connected(host, port, timeout, local_address)
            for option in [*(socket_options or ()), (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]:
                made.setsockopt(*option)
        except _FAILURES as error:
            raise _error(error, httpcore.ConnectTimeout, httpcore.ConnectError) from error
        return Stream(made)


def _connected(
    host: str, port: int, timeout: Optional[float], local_address: Optional[str]
) -> socket.socket:
    """Connect like `socket.create_connection`, but with one deadline for all addresses."""
    source = None if local_address is None else (local_address, 0)
    failure: OSError = OSError("the host name has no address")
    for *_, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        try:
            return socket.create_connection((str(address[0]), port), _patience(timeout), source)
        except OSError as error:
            failure = error
    raise failure


class Stream(httpcore.NetworkStream):
    """A connection, plain or over TLS."""

    def __init__(self, connected: Socket) -> None:
        self._socket = connected

    def read(self, max_bytes: int, timeout: Optional[float] = None) -> bytes:
        """Read the bytes that have arrived."""
        try:
            self._socket.settimeout(_patience(timeout))
            return self._socket.recv(max_bytes)
        except _FAILURES as error:
            raise _error(error, httpcore.ReadTimeout, httpcore.ReadError) from error

    def write(self, buffer: bytes, timeout: Optional[float] = None) -> None:
        """Write all bytes."""
        rest = memoryview(buffer)
        try:
            while rest:
                self._socket.settimeout(_patience(timeout))
                rest = rest[self._socket.send(rest) :]
        except _FAILURES as error:
            raise _error(error, httpcore.WriteTimeout, httpcore.WriteError) from error

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: Optional[str] = None,
        timeout: Optional[float] = None,
    ) -> httpcore.NetworkStream:
        """Switch to TLS."""
        is_plain = not isinstance(self._socket, (ssl.SSLSocket, _InnerTLS))
        wrap: Any = ssl_context.wrap_socket if is_plain else partial(_InnerTLS, ssl_context)
        try:
            self._socket.settimeout(_patience(timeout))
            return Stream(wrap(self._socket, server_hostname=server_hostname))
        except BaseException as error:
            self.close()
            if isinstance(error, _FAILURES):
                raise _error(error, httpcore.ConnectTimeout, httpcore.ConnectError) from error
            raise

    def get_extra_info(self, info: str) -> Any:
        """Return what httpcore wants to know."""
        if info == "is_readable":
            return _is_readable(self._socket.fileno())
        if info == "ssl_object":
            return self._socket if isinstance(self._socket, (ssl.SSLSocket, _InnerTLS)) else None
        return None


def _is_readable(descriptor: int) -> bool:
    """Return whether a read would return at once, even at the end."""
    if descriptor < 0:
        return True
    if not hasattr(select, "poll"):
        return bool(select.select([descriptor], [], [], 0)[0])
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))


class _InnerTLS:
    """The parts of a socket that are used here, over TLS inside TLS.

    `SSLContext.wrap_socket` refuses a socket that already uses TLS.

    Args:
        context: How to check the inner certificate.
        outer: The TLS connection to a proxy.
        server_hostname: The host expected at the inner end.
    """

    def __init__(
        self, context: ssl.SSLContext, outer: Socket, *, server_hostname: Optional[str]
    ) -> None:
        self._outer = outer
        self._timeout: Optional[float] = None
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(
            self._incoming, self._outgoing, server_hostname=server_hostname
        )
        self._do(self._tls.do_handshake)

    def settimeout(self, seconds: float) -> None:
        self._timeout = seconds

    def recv(self, size: int) -> bytes:
        try:
            return self._do(lambda: self._tls.read(size))
        except ssl.SSLEOFError:
            return b""

    def send(self, data: memoryview) -> int:
        return self._do(lambda: self._tls.write(data))

    def close(self) -> None:
        self._outer.close()

    def fileno(self) -> int:
        return self._outer.fileno()

    def selected_alpn_protocol(self) -> Optional[str]:
        return self._tls.selected_alpn_protocol()

    def _do(self, act: Callable[[], T]) -> T:
        while True:
            try:
                value = act()
            except ssl.SSLWantReadError:
                self._flush()
                self._fill()
            else:
                self._flush()
                return value

    def _flush(self) -> None:
        rest = memoryview(self._outgoing.read())
        while rest:
            self._outer.settimeout(_patience(self._timeout))
            rest = rest[self._outer.send(rest) :]

    def _fill(self) -> None:
        self._outer.settimeout(_patience(self._timeout))
        data = self._outer.recv(_TLS_RECORD)
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()
