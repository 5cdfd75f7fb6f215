"""ContractGate over HTTP.

The names below are loaded on first use, so that importing this package costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from contractgate_http._version import __version__

if TYPE_CHECKING:
    from contractgate_http.local import LocalGateway

__all__ = ["LocalGateway", "__version__"]


def __getattr__(name: str) -> object:
    if name == "LocalGateway":
        from contractgate_http.local import LocalGateway

        return LocalGateway
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
