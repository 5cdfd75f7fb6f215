"""The async client, under the module name of the published SDK."""

from __future__ import annotations

from contractgate_http.async_client import AsyncClient

__all__ = ["AsyncClient"]
