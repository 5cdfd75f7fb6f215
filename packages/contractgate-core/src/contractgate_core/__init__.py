"""Read ContractGate contracts and judge events by them locally, with the gateway's verdict.

>>> from contractgate_core import Contract
>>> contract = Contract.from_yaml('''
... version: "1.0"
... name: user_events
... ontology:
...   entities:
...     - {name: user_id, type: string, pattern: "^[a-z0-9_]+$"}
... ''')
>>> compiled = contract.compile()
>>> compiled.validate({"user_id": "alice_01"}).passed
True
>>> compiled.validate({"user_id": 7}).violations[0].message
"Field 'user_id' expected type String, got integer"

The names below are loaded on first use, so importing this package costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from contractgate_core._version import __version__

if TYPE_CHECKING:
    from contractgate_core.contract.model import (
        Contract,
        EgressLeakageMode,
        EnvelopeDefinition,
        FieldDefinition,
        FieldType,
        GlossaryEntry,
        MaskStyle,
        MetricDefinition,
        MetricType,
        Ontology,
        QualityRule,
        QualityRuleType,
        QualityScope,
        Transform,
        TransformKind,
    )
    from contractgate_core.contract.unknown import UnknownKey
    from contractgate_core.engine.compiled import CompiledContract
    from contractgate_core.errors import (
        Attempt,
        AuthError,
        BadRequestError,
        BatchTooLargeError,
        ClientStateError,
        ConflictError,
        ConnectionError,  # noqa: A004 - also the builtin one
        ContractCompileError,
        ContractGateError,
        DeprecatedVersionError,
        EventDecodeError,
        EventEncodeError,
        HTTPError,
        IdempotencyConflictError,
        IngestInterruptedError,
        InvalidEventError,
        NotFoundError,
        PatternError,
        PayloadTooLargeError,
        PermissionDeniedError,
        PlanLimitError,
        RateLimitError,
        ResponseDecodeError,
        ServerError,
        TimeoutError,  # noqa: A004 - also the builtin one
        ValidationFailedError,
    )
    from contractgate_core.results import (
        EnvelopeResult,
        EnvelopeViolation,
        ValidationResult,
        Violation,
        ViolationKind,
    )
    from contractgate_core.scan.scan import Scan
    from contractgate_core.scan.totals import FailedRecord, Totals

__all__ = [
    "Attempt",
    "AuthError",
    "BadRequestError",
    "BatchTooLargeError",
    "ClientStateError",
    "CompiledContract",
    "ConflictError",
    "ConnectionError",
    "Contract",
    "ContractCompileError",
    "ContractGateError",
    "DeprecatedVersionError",
    "EgressLeakageMode",
    "EnvelopeDefinition",
    "EnvelopeResult",
    "EnvelopeViolation",
    "EventDecodeError",
    "EventEncodeError",
    "FailedRecord",
    "FieldDefinition",
    "FieldType",
    "GlossaryEntry",
    "HTTPError",
    "IdempotencyConflictError",
    "IngestInterruptedError",
    "InvalidEventError",
    "MaskStyle",
    "MetricDefinition",
    "MetricType",
    "NotFoundError",
    "Ontology",
    "PatternError",
    "PayloadTooLargeError",
    "PermissionDeniedError",
    "PlanLimitError",
    "QualityRule",
    "QualityRuleType",
    "QualityScope",
    "RateLimitError",
    "ResponseDecodeError",
    "Scan",
    "ServerError",
    "TimeoutError",
    "Totals",
    "Transform",
    "TransformKind",
    "UnknownKey",
    "ValidationFailedError",
    "ValidationResult",
    "Violation",
    "ViolationKind",
    "__version__",
]

# Where these names are defined, lowest first: a look-up loads no module above the one it needs.
_SOURCES = (
    "errors",
    "results",
    "contract.model",
    "contract.unknown",
    "scan.totals",
    "scan.scan",
    "engine.compiled",
)


# Hidden from type checkers, which would let every misspelt name pass.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name in __all__:
            import importlib  # the command line does not need it

            for source in _SOURCES:
                module = importlib.import_module(f"{__name__}.{source}")
                if name in module.__all__:
                    value = getattr(module, name)
                    globals()[name] = value
                    return value
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
