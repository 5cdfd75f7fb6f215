"""Results of checking contract files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Optional, Union

import msgspec

from contractgate_core.contract.doubts import Doubt, doubts_of
from contractgate_core.contract.model import Contract
from contractgate_core.contract.unknown import UnknownKey, described
from contractgate_core.report.document import document
from contractgate_core.report.problems import Problem
from contractgate_core.report.text import Paint, counted, printable

__all__ = ["CheckedFile", "as_document", "as_text", "remarks"]

_MOST_LISTED = 10


class CheckedFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file that should be a contract.

    Attributes:
        file: Its name.
        contract: The contract that it holds, if any.
        error: Why it is refused.
        further: What else it is refused for.
        is_readable: Whether it could be read.
    """

    file: str
    contract: Optional[Contract] = None
    error: Optional[Problem] = None
    further: tuple[Problem, ...] = ()
    is_readable: bool = True

    @property
    def exit_code(self) -> int:
        """0 for a contract, 1 for a file that is none, 2 for one that could not be read."""
        return 0 if self.error is None else 1 if self.is_readable else 2


def as_document(checked: Sequence[CheckedFile]) -> str:
    """Write one JSON document about all files."""
    return document(
        passed=all(file.error is None for file in checked),
        contracts=[_member(file) for file in checked],
    )


def _member(checked: CheckedFile) -> dict[str, object]:
    if checked.contract is None:
        return {"file": checked.file, "valid": False, "error": checked.error}
    member: dict[str, object] = {
        "file": checked.file,
        "valid": checked.error is None,
        "name": checked.contract.name,
        "version": checked.contract.version,
    }
    if checked.error is not None:
        member["error"] = checked.error
    if checked.contract.unknown_keys:
        member["unknown_keys"] = [_unknown(key) for key in checked.contract.unknown_keys]
    if doubts_of(checked.contract):
        member["doubts"] = doubts_of(checked.contract)
    return member


def _unknown(key: UnknownKey) -> dict[str, object]:
    return {
        "key": key.key,
        "line": key.line,
        "column": key.column,
        "suggestion": key.suggestion,
    }


def remarks(file: str, contract: Contract) -> tuple[Problem, ...]:
    """Describe what the gateway accepts in a contract although it cannot be meant, if anything.

    Returns:
        One for the keys that mean nothing and one for the rules, each at the place of its first.
    """
    kinds: tuple[tuple[str, Sequence[Union[UnknownKey, Doubt]]], ...] = (
        ("unknown key", contract.unknown_keys),
        ("doubtful rule", doubts_of(contract)),
    )
    return tuple(_remark(file, what, found) for what, found in kinds if found)


def _remark(file: str, what: str, found: Sequence[Union[UnknownKey, Doubt]]) -> Problem:
    places = ["", *(f" at {one.line}:{one.column}" for one in found[1:_MOST_LISTED])]
    shown = [
        described(one, place) if isinstance(one, UnknownKey) else f"{one.message}{place}"
        for one, place in zip(found, places)
    ]
    more = [f"and {len(found) - _MOST_LISTED:,} more"] if len(found) > _MOST_LISTED else []
    message = f"{counted(len(found), what)}: {printable(', '.join([*shown, *more]))}"
    return Problem(message, file, found[0].line, found[0].column)


def as_text(checked: Sequence[CheckedFile], paint: Paint, *, quiet: bool) -> str:
    """Write a line for each refused file, and one for all files together."""
    refused = [file for file in checked if file.error is not None and file.is_readable]
    lines = [
        _refusal(problem, paint)
        for file in refused
        for problem in (file.error, *file.further)
        if problem is not None
    ]
    good = sum(1 for file in checked if file.error is None)
    if good < len(checked):
        lines.append(f"{paint('bad', 'FAILED')}  {good:,} of {counted(len(checked), 'file')} valid")
    elif not quiet:
        lines.append(f"{paint('good', 'PASSED')}  {counted(good, 'contract')} valid")
    return "".join(f"{line}\n" for line in lines)


def _refusal(problem: Problem, paint: Paint) -> str:
    place = paint("place", f"{printable(problem.place)}:")
    return f"{place} {printable(problem.message)}"
