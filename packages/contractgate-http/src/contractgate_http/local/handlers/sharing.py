"""Public contracts: none, since nothing can be published here.

Source: docs/spec/gateway-http.md, section 5.13.
"""

from __future__ import annotations

from contractgate_http.local.context import Context
from contractgate_http.local.message import Response, json_response
from contractgate_http.local.refusals import bad_request, not_found

__all__ = ["catalog", "public_contract", "published"]


def catalog(context: Context) -> Response:
    """List the published contracts."""
    return json_response([])


def published(context: Context) -> Response:
    """Look for a publication."""
    raise bad_request(f"publication '{context.params['ref']}' not found")


def public_contract(context: Context) -> Response:
    """Look for a contract over public data."""
    context.uuid("id")
    raise not_found("public contract not found")
