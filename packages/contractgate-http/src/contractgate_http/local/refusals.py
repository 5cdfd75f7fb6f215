"""Every refusal.

Source of all texts: docs/spec/gateway-http.md, sections 1.2, 2.1 and 2.2.
"""

from __future__ import annotations

from contractgate_core.models import ErrorBody, IdempotencyConflict
from contractgate_http.local.message import Response, json_response, text_response

__all__ = [
    "RefusalError",
    "bad_request",
    "contract_not_found",
    "database_error",
    "idempotency_conflict",
    "internal_error",
    "invalid_contract",
    "invalid_transition",
    "no_stable_version",
    "not_found",
    "payload_too_large",
    "rate_limited",
    "refuse",
    "review_required",
    "text_refusal",
    "unauthorized",
    "version_conflict",
    "version_immutable",
    "version_not_found",
]


class RefusalError(Exception):
    """A request is refused.

    Attributes:
        response: The response to it. It is not part of the message, since it may quote the request.
    """

    def __init__(self, response: Response) -> None:
        super().__init__(f"refused with status {response.status}")
        self.response = response


def refuse(status: int, error: str) -> RefusalError:
    """Refuse with the standard body."""
    return RefusalError(json_response(ErrorBody(error=error, status=status), status))


def text_refusal(status: int, text: str) -> RefusalError:
    """Refuse as the gateway's web framework does."""
    return RefusalError(text_response(text, status))


def bad_request(detail: str) -> RefusalError:
    """The request makes no sense."""
    return refuse(400, f"Invalid request: {detail}")


def unauthorized() -> RefusalError:
    """No key, a wrong one, or one that may not do this."""
    return refuse(401, "Unauthorized: missing or invalid API key")


def not_found(detail: str) -> RefusalError:
    """There is no such thing."""
    return refuse(404, f"Not found: {detail}")


def contract_not_found(contract_id: str) -> RefusalError:
    """The caller's organisation has no such contract."""
    return refuse(404, f"Contract not found: {contract_id}")


def version_not_found(contract_id: str, version: str) -> RefusalError:
    """The contract has no such version."""
    return refuse(404, f"Version {version} not found on contract {contract_id}")


def no_stable_version(contract_id: str) -> RefusalError:
    """No version was named and none is stable."""
    return refuse(409, f"Contract {contract_id} has no stable version yet")


def version_conflict(contract_id: str, version: str) -> RefusalError:
    """The version's name is taken."""
    return refuse(409, f"Version {version} already exists on contract {contract_id}")


def version_immutable(version: str, state: str) -> RefusalError:
    """The version is no longer a draft."""
    return refuse(409, f"Version {version} is {state} and cannot be modified")


def invalid_transition(version: str, state: str, target: str) -> RefusalError:
    """The version cannot change from its state to the target."""
    return refuse(409, f"Invalid state transition {state} → {target} for version {version}")


def review_required(contract_id: str, version: str) -> RefusalError:
    """The version was rebuilt from a foreign document and has not been reviewed."""
    route = f"POST /contracts/{contract_id}/versions/{version}/approve-import"
    return refuse(
        409,
        f"Version {version} was imported from ODCS without ContractGate extensions and requires "
        f"review before promotion. Use {route} to clear this flag.",
    )


def payload_too_large(detail: str) -> RefusalError:
    """One event is too long."""
    return refuse(413, f"Payload too large: {detail}")


def invalid_contract(detail: str) -> RefusalError:
    """The YAML is not a contract, or the contract does not compile."""
    return refuse(422, f"Invalid contract YAML: {detail}")


def rate_limited() -> RefusalError:
    """Too many requests, found before any handler."""
    return refuse(429, "Rate limit exceeded — too many requests")


def database_error() -> RefusalError:
    """The database refuses a value."""
    return refuse(500, "Database error")


def internal_error() -> RefusalError:
    """A fault of the gateway."""
    return refuse(500, "Internal server error")


def idempotency_conflict() -> RefusalError:
    """The idempotency key was used before, with another body."""
    body = IdempotencyConflict(
        error="idempotency_conflict",
        detail="A different request body was already submitted with this Idempotency-Key.",
    )
    return RefusalError(json_response(body, 422))
