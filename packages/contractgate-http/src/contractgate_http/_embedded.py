"""Gateways for `base_url="local:"`, which live as long as a client needs them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Callable, Optional

if TYPE_CHECKING:
    from contractgate_http.local import LocalGateway

__all__ = ["open_gateway"]


class _Shared:
    """A gateway, the file it is kept in, and a mark for each client that uses it."""

    def __init__(self, gateway: LocalGateway, file: os.stat_result) -> None:
        self.gateway = gateway
        self.file = file
        self.users: set[object] = set()


_shared: list[_Shared] = []


def open_gateway(base_url: str) -> tuple[LocalGateway, Callable[[], None]]:
    """Open the gateway that a base URL names.

    Args:
        base_url: `local:` for one in memory, which nobody else sees; `local:FILE` for one kept in
            a file, which all clients of this process share, even if they name it by other paths.

    Returns:
        The gateway, and a function to call when it is no longer needed.

    Raises:
        DatabaseError: The file cannot be opened, or another gateway has it open.
    """
    from contractgate_http.local import LocalGateway
    from contractgate_http.local.store.lock import OPENING

    path = base_url[len("local:") :]
    if not path:
        gateway = LocalGateway()
        return gateway, gateway.close
    user = object()
    with OPENING:
        shared = _found(path, user)
        if shared is None:
            shared = _Shared(LocalGateway(path), Path(path).stat())
            shared.users.add(user)
            _shared.append(shared)
    return shared.gateway, lambda: _release(shared, user)


def _found(path: str, user: object) -> Optional[_Shared]:
    """Find the gateway that has a file open already, and register one more client of it."""
    try:
        file = Path(path).stat()
    except (OSError, ValueError):  # missing, or not a valid path: opening it will say so
        return None
    for shared in tuple(_shared):
        if os.path.samestat(shared.file, file):
            shared.users.add(user)
            # Garbage collection may just have released it for its last client.
            if shared in _shared:
                return shared
    return None


def _release(shared: _Shared, user: object) -> None:
    from contractgate_http.local.store.lock import OPENING

    with OPENING:
        shared.users.discard(user)
        if not shared.users and shared in _shared:
            _shared.remove(shared)
            shared.gateway.close()


if hasattr(os, "register_at_fork"):
    # A child process cannot use what its parent has open.
    os.register_at_fork(after_in_child=_shared.clear)
