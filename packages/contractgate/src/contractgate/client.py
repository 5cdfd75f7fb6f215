"""The sync client, under the module name of the published SDK."""

from __future__ import annotations

from contractgate_http.client import Client

__all__ = ["Client"]
