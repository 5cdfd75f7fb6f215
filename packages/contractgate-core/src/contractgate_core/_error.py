"""The root of all exceptions, which makes them picklable and copyable, and the one of verdicts.

Users find them in `contractgate_core.errors`, which is also the module that they name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from contractgate_core._packing import Packed
    from contractgate_core._violation import Violation

__all__ = ["ContractGateError", "InvalidEventError"]

_PUBLIC = "contractgate_core.errors"


class ContractGateError(Exception):
    """The root of every exception that ContractGate raises on purpose."""

    __module__ = _PUBLIC

    def __reduce__(self) -> tuple[Any, ...]:
        from contractgate_core._packing import pack, picklable  # few are ever pickled

        state = pack({"args": list(self.args), **vars(self)}, picklable)
        return _remake, (type(self), state)

    def __copy__(self) -> ContractGateError:
        return _made(type(self), {**vars(self), "args": self.args})

    def __deepcopy__(self, _: object) -> ContractGateError:
        from contractgate_core._packing import as_it_is, pack

        return _remake(type(self), pack({"args": list(self.args), **vars(self)}, as_it_is))


def _remake(kind: type[ContractGateError], state: Packed) -> ContractGateError:
    from contractgate_core._packing import unpack

    return _made(kind, unpack(state))


def _made(kind: type[ContractGateError], state: dict[str, Any]) -> ContractGateError:
    # Not by calling the class, since what it needs is no longer known.
    error = kind.__new__(kind)
    error.args = tuple(state.pop("args"))
    vars(error).update(state)
    return error


class InvalidEventError(ContractGateError):
    """An event breaks its contract.

    Attributes:
        violations: Every broken rule, in the gateway's order.
    """

    __module__ = _PUBLIC

    def __init__(self, message: str, *, violations: Sequence[Violation] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.violations = list(violations)
