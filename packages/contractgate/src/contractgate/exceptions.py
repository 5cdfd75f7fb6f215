"""Every exception, under the module name of the published SDK."""

from __future__ import annotations

import contractgate_core.errors as _errors
from contractgate_core.errors import *
from contractgate_http._compat import raise_for_status, status_to_exception
from contractgate_http.llm import LLMResponseError

__all__ = ["LLMResponseError", "raise_for_status", "status_to_exception"]
__all__ += _errors.__all__
