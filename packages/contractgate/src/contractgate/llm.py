"""The guard for answers of language models, under the module name of the published SDK."""

from __future__ import annotations

from contractgate_http.llm import (
    MAX_RETRIES_CAP,
    AsyncLLMGate,
    LLMGate,
    LLMGateResult,
    LLMResponseError,
    extract_json,
)

__all__ = [
    "MAX_RETRIES_CAP",
    "AsyncLLMGate",
    "LLMGate",
    "LLMGateResult",
    "LLMResponseError",
    "extract_json",
]
