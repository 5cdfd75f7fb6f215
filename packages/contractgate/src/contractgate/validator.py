"""The local validator, under the module name of the published SDK."""

from __future__ import annotations

from contractgate_http._compat import validate

__all__ = ["validate"]
