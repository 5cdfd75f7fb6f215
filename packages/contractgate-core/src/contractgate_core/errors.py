"""The exceptions of ContractGate.

    ContractGateError
    ├── ContractCompileError   a contract is refused
    │   └── PatternError       a regular expression is refused
    ├── EventDecodeError       a text is not JSON, as the gateway reads it
    ├── EventEncodeError       a Python object cannot be sent as JSON
    └── InvalidEventError      an event breaks its contract (`raise_for_violations`)

All can be pickled. None of their texts holds a value of an event.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Optional

if TYPE_CHECKING:
    from collections.abc import Sequence

    from contractgate_core.results import Violation

__all__ = [
    "ContractCompileError",
    "ContractGateError",
    "EventDecodeError",
    "EventEncodeError",
    "InvalidEventError",
    "PatternError",
]


class ContractGateError(Exception):
    """The root of every exception that ContractGate raises on purpose."""


class ContractCompileError(ContractGateError):
    """A contract is refused: its text is not a contract, or it does not compile.

    `str()` of it is `file:line:column: message`.

    Attributes:
        message: What was expected and what came; the gateway's own text where that is fixed.
        filename: The file that was read, or None for a text.
        line: The line of the offending place, from 1, or None where no place is to blame.
        column: The column in characters, from 1, or None.
        field: The path of the contract field at fault, such as `customer.email`, or None.
    """

    def __init__(
        self,
        message: str,
        *,
        filename: Optional[str] = None,
        line: Optional[int] = None,
        column: Optional[int] = None,
        field: Optional[str] = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.filename = filename
        self.line = line
        self.column = column
        self.field = field

    def __str__(self) -> str:
        place = [] if self.filename is None and self.line is None else [self.filename or "<contract>"]
        place += [str(number) for number in (self.line, self.column) if number is not None]
        return ": ".join([":".join(place), self.message]) if place else self.message


class PatternError(ContractCompileError):
    """A regular expression is not one of the gateway's dialect.

    Attributes:
        pattern: The expression as the user wrote it.
        position: Where in it the offending part begins, in characters from 0, or None.
        reason: Why it is refused, and what to write instead where there is something.
    """

    def __init__(self, reason: str, *, pattern: str = "", position: Optional[int] = None) -> None:
        where = "" if position is None else f" at position {position}"
        super().__init__(f"{reason}{where}")
        self.args = (reason,)
        self.reason = reason
        self.pattern = pattern
        self.position = position


class EventDecodeError(ContractGateError):
    """A text is not JSON as the gateway reads it.

    Attributes:
        message: What was expected and what came.
        line: The line of the first offending byte, from 1.
        column: Its column in characters, from 1.
        offset: Its place in bytes of the UTF-8 text, from 0.
    """

    def __init__(self, message: str, *, line: int = 1, column: int = 1, offset: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column
        self.offset = offset

    def __str__(self) -> str:
        return f"{self.message} (line {self.line}, column {self.column}, byte {self.offset})"


class EventEncodeError(ContractGateError):
    """A Python object cannot be sent as JSON.

    Attributes:
        message: What cannot be sent, and why.
        path: Where it stands, such as `$.items[2].price`.
    """

    def __init__(self, message: str, *, path: str = "$") -> None:
        super().__init__(message)
        self.message = message
        self.path = path

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


class InvalidEventError(ContractGateError):
    """An event breaks its contract.

    Attributes:
        violations: Every broken rule, in the gateway's order.
    """

    def __init__(self, message: str, *, violations: Sequence[Violation] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.violations = list(violations)
