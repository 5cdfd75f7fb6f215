"""The root of all exceptions, which makes them picklable and copyable.

Users find them in `contractgate_core.errors`, which is also the module that they name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from contractgate_core._packing import Packed

__all__ = ["ContractGateError"]


class ContractGateError(Exception):
    """The root of every exception that ContractGate raises on purpose."""

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
