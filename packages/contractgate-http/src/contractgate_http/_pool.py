"""A client's connections: who opened them, and where they may be used."""

from __future__ import annotations

import os
import weakref
from typing import Any, Callable, Generic, Optional, TypeVar, Union

import httpx

from contractgate_core.errors import ClientStateError
from contractgate_http._tasks import running_loop

__all__ = ["Pool"]

H = TypeVar("H", bound=Union[httpx.Client, httpx.AsyncClient])


class Pool(Generic[H]):
    """An httpx client and its rules: one process, one event loop, closed once.

    Args:
        http: The httpx client.
        is_ours: We opened it, so we close it.
        release: Releases the embedded gateway, if there is one.
    """

    def __init__(
        self, http: H, *, is_ours: bool, release: Optional[Callable[[], None]] = None
    ) -> None:
        self.http = http
        self.is_ours = is_ours
        self.is_closed = False
        self._process = os.getpid()
        self._loop: object = None
        # A client that was never closed closes its sockets when it is garbage collected.
        close = http.close if is_ours and isinstance(http, httpx.Client) else None
        self._finalizer = weakref.finalize(self, _finish, close, release, self._process)

    def check(self) -> None:
        """Check that the connections are open, and belong to this process.

        Raises:
            ClientStateError: They are closed, or this is a forked child.
        """
        if self.is_closed or self.http.is_closed:
            raise ClientStateError("this client is closed; make a new one")
        if os.getpid() != self._process:
            raise ClientStateError(
                "this client was made before a fork, and its connections belong to the parent "
                "process; make a new one in the child"
            )

    def check_loop(self) -> None:
        """Check that the event loop is the one of the first call.

        Raises:
            ClientStateError: The client was used in another event loop before.
        """
        self.check()
        loop = running_loop()
        if self._loop is None:
            self._loop = loop
        elif self._loop is not loop:
            raise ClientStateError(
                "this client was used in another event loop before, and its connections belong to "
                "that one; make one AsyncClient for each event loop"
            )

    def close(self) -> None:
        """Close everything except the connections of an `AsyncClient`."""
        self.is_closed = True
        self._finalizer()


def _finish(
    close: Optional[Callable[[], Any]], release: Optional[Callable[[], None]], process: int
) -> None:
    if os.getpid() != process:
        return
    if close is not None:
        close()
    if release is not None:
        release()
