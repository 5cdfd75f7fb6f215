"""The gateway's answers, and verdicts, under the module name of the published SDK."""

from __future__ import annotations

import contractgate_core.models as _models
from contractgate_core.models import *
from contractgate_core.results import (
    EnvelopeResult,
    EnvelopeViolation,
    ValidationResult,
    Violation,
    ViolationKind,
)
from contractgate_http.endpoints.events import Playground, PlaygroundViolation

__all__ = [
    "EnvelopeResult",
    "EnvelopeViolation",
    "Playground",
    "PlaygroundViolation",
    "ValidationResult",
    "Violation",
    "ViolationKind",
]
__all__ += _models.__all__
# The function that reads models is not a model.
__all__.remove("read")
__all__.remove("read_object")
