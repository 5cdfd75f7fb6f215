"""`base_url="local:"`: gateways that live as long as a client needs them."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Callable

if TYPE_CHECKING:
    from contractgate_http.local import LocalGateway

__all__ = ["open_gateway"]

_lock = threading.Lock()
_shared: dict[str, tuple[LocalGateway, int]] = {}


def open_gateway(base_url: str) -> tuple[LocalGateway, Callable[[], None]]:
    """Open the gateway that a base URL names.

    Args:
        base_url: `local:` for one in memory, which nobody else sees; `local:FILE` for one kept in
            a file, which all clients of this process share.

    Returns:
        The gateway, and what to call when it is no longer needed.
    """
    from contractgate_http.local import LocalGateway

    name = base_url[len("local:") :]
    if not name:
        gateway = LocalGateway()
        return gateway, gateway.close
    path = os.path.realpath(name)
    with _lock:
        gateway, users = _shared.get(path) or (LocalGateway(database=path), 0)
        _shared[path] = gateway, users + 1
    return gateway, lambda: _release(path)


def _release(path: str) -> None:
    with _lock:
        gateway, users = _shared.pop(path)
        if users > 1:
            _shared[path] = gateway, users - 1
        else:
            gateway.close()
