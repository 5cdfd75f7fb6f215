"""Connections for httpcore's pools that are closed when their TLS handshake is cancelled.

A deadline cancels what an async client does (`_async_sending`). httpcore closes a connection
whose handshake fails, but not one whose handshake is cancelled (0.18 to 1.0.9): its socket stays
open until the garbage collector comes to it.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from typing import Any, Optional

import anyio
import httpcore

from contractgate_http._tasks import asyncio_loop

__all__ = ["AsyncNetwork"]


class AsyncNetwork(httpcore.AsyncNetworkBackend):
    """Opens TCP connections, as httpcore does under asyncio and trio."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: Optional[float] = None,
        local_address: Optional[str] = None,
        socket_options: Optional[Iterable[Any]] = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address of a host that answers."""
        made = await _backend().connect_tcp(host, port, timeout, local_address, socket_options)
        return _Stream(made)


def _backend() -> Any:
    return httpcore.TrioBackend() if asyncio_loop() is None else httpcore.AnyIOBackend()


class _Stream(httpcore.AsyncNetworkStream):
    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream

    async def read(self, max_bytes: int, timeout: Optional[float] = None) -> bytes:
        return await self._stream.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: Optional[float] = None) -> None:
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: Optional[str] = None,
        timeout: Optional[float] = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            return _Stream(await self._stream.start_tls(ssl_context, server_hostname, timeout))
        except BaseException:
            with anyio.CancelScope(shield=True):
                await self.aclose()
            raise
