"""ContractGate over HTTP: a sync and an async client, and a gateway inside the process.

>>> from contractgate_http import Client
>>> contract = '''
... version: "1.0"
... name: user_events
... ontology:
...   entities:
...     - {name: user_id, type: string, pattern: "^[a-z0-9_]+$"}
... '''
>>> with Client(base_url="local:") as cg:
...     deployed = cg.deploy("user_events", contract)
...     result = cg.ingest(deployed.contract_id, [{"user_id": "alice_01"}, {"user_id": 7}])
>>> result.passed, result.failed
(1, 1)
>>> result.results[1].violations[0].message
"Field 'user_id' expected type String, got integer"

The names below are loaded on first use, so importing this package costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from contractgate_http._version import __version__

if TYPE_CHECKING:
    from contractgate_http._retry import Retry, RetryPolicy
    from contractgate_http.async_client import AsyncClient
    from contractgate_http.client import Client
    from contractgate_http.endpoints.events import Playground, PlaygroundViolation
    from contractgate_http.llm import (
        AsyncLLMGate,
        LLMGate,
        LLMGateResult,
        LLMResponseError,
        extract_json,
    )
    from contractgate_http.local import LocalGateway

__all__ = [
    "AsyncClient",
    "AsyncLLMGate",
    "Client",
    "LLMGate",
    "LLMGateResult",
    "LLMResponseError",
    "LocalGateway",
    "Playground",
    "PlaygroundViolation",
    "Retry",
    "RetryPolicy",
    "__version__",
    "extract_json",
]

_MODULES = {
    "_retry": ("Retry", "RetryPolicy"),
    "async_client": ("AsyncClient",),
    "client": ("Client",),
    "endpoints.events": ("Playground", "PlaygroundViolation"),
    "llm": ("AsyncLLMGate", "LLMGate", "LLMGateResult", "LLMResponseError", "extract_json"),
    "local": ("LocalGateway",),
}


# Hidden from type checkers, which would otherwise accept any misspelt name.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        for module, names in _MODULES.items():
            if name in names:
                value = getattr(importlib.import_module(f"{__name__}.{module}"), name)
                globals()[name] = value
                return value
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
