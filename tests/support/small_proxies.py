"""Proxies for tests: HTTP ones that forward and tunnel, by TLS if that is wanted, and SOCKS5."""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from typing import Any, Optional

__all__ = ["Proxy", "http_proxy", "socks_proxy"]

_PATIENCE = 10.0

_Begun = tuple[bytes, bytes, bytes]
"""Where to connect to, what the client is told then, and what the target is told first."""


class Proxy:
    """A proxy, in threads of this process.

    Args:
        is_socks: It speaks SOCKS5, else HTTP.
        context: The server's side of TLS, if it is wanted.
    """

    def __init__(self, *, is_socks: bool = False, context: Optional[ssl.SSLContext] = None) -> None:
        self._begin = self._begin_socks if is_socks else self._begin_http
        self._context = context
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.seen: list[bytes] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                accepted, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(accepted,), daemon=True).start()

    def _serve(self, accepted: socket.socket) -> None:
        with contextlib.suppress(OSError), accepted:
            accepted.settimeout(_PATIENCE)
            channel: Any = accepted
            if self._context is not None:
                channel = self._context.wrap_socket(accepted, server_side=True)
            with channel:
                where, greeting, first = self._begin(channel)
                with _connect(where) as target:
                    channel.sendall(greeting)
                    target.sendall(first)
                    _relay(channel, target)

    def _begin_http(self, channel: Any) -> _Begun:
        head = channel.recv(65536)
        self.seen.append(head)
        method, where = head.split(b" ", 2)[:2]
        if method == b"CONNECT":
            return where, b"HTTP/1.1 200 OK\r\n\r\n", b""
        scheme, _, rest = where.partition(b"://")
        host = rest.partition(b"/")[0]
        return host, b"", head.replace(scheme + b"://" + host, b"", 1)

    def _begin_socks(self, channel: Any) -> _Begun:
        channel.recv(100)
        channel.sendall(b"\x05\x00")
        asked = channel.recv(300)
        self.seen.append(asked)
        (port,) = struct.unpack(">H", asked[-2:])
        host = asked[5:-2] if asked[3] == 3 else socket.inet_ntoa(asked[4:8]).encode()
        return b"%s:%d" % (host, port), b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00", b""

    def close(self) -> None:
        """Stop listening; connections end by themselves."""
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()


def _connect(where: bytes) -> socket.socket:
    host, _, port = where.decode().rpartition(":")
    return socket.create_connection((host, int(port)), _PATIENCE)


def _relay(channel: Any, target: socket.socket) -> None:
    """Pass on what either side says, until one has ended."""
    # By one thread, since before Python 3.13 two may not use one channel of TLS at once.
    other = {channel: target, target: channel}
    while True:
        has_more = isinstance(channel, ssl.SSLSocket) and channel.pending()
        ready = [channel] if has_more else select.select([channel, target], [], [], _PATIENCE)[0]
        for source in ready:
            data = source.recv(65536)
            if not data:
                return
            other[source].sendall(data)
        if not ready:
            return


@contextlib.contextmanager
def http_proxy(context: Optional[ssl.SSLContext] = None) -> Iterator[Proxy]:
    """Run an HTTP proxy."""
    made = Proxy(context=context)
    try:
        yield made
    finally:
        made.close()


@contextlib.contextmanager
def socks_proxy() -> Iterator[Proxy]:
    """Run a SOCKS5 proxy."""
    made = Proxy(is_socks=True)
    try:
        yield made
    finally:
        made.close()
