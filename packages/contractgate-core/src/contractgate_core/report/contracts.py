"""Results of checking contract files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Optional

import msgspec

from contractgate_core.contract.model import Contract
from contractgate_core.contract.unknown import UnknownKey
from contractgate_core.report.document import document
from contractgate_core.report.problems import Problem
from contractgate_core.report.text import Paint, counted, printable

__all__ = ["CheckedFile", "as_document", "as_text", "unknown_keys"]

_MOST_KEYS = 10


class CheckedFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file that should be a contract.

    Attributes:
        file: Its name.
        contract: The contract that it holds, if any.
        error: Why it is not a contract.
        is_readable: Whether it could be read.
    """

    file: str
    contract: Optional[Contract] = None
    error: Optional[Problem] = None
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
    return member


def _unknown(key: UnknownKey) -> dict[str, object]:
    return {
        "key": key.key,
        "line": key.line,
        "column": key.column,
        "suggestion": key.suggestion,
    }


def unknown_keys(checked: CheckedFile) -> Optional[Problem]:
    """Describe the unknown keys of a contract, if any, at the place of the first."""
    keys = () if checked.contract is None else checked.contract.unknown_keys
    if not keys:
        return None
    shown = [printable(str(key)) for key in keys[:1]]
    shown += [printable(f"{key} at {key.line}:{key.column}") for key in keys[1:_MOST_KEYS]]
    more = [f"and {len(keys) - _MOST_KEYS:,} more"] if len(keys) > _MOST_KEYS else []
    message = f"{counted(len(keys), 'unknown key')}: {', '.join([*shown, *more])}"
    return Problem(message, checked.file, keys[0].line, keys[0].column)


def as_text(checked: Sequence[CheckedFile], paint: Paint, *, quiet: bool) -> str:
    """Write a line for each refused file, and one for all files together."""
    refused = [file for file in checked if file.error is not None and file.is_readable]
    lines = [_refusal(file.error, paint) for file in refused if file.error is not None]
    good = sum(1 for file in checked if file.error is None)
    if good < len(checked):
        lines.append(f"{paint('bad', 'FAILED')}  {good:,} of {counted(len(checked), 'file')} valid")
    elif not quiet:
        lines.append(f"{paint('good', 'PASSED')}  {counted(good, 'contract')} valid")
    return "".join(f"{line}\n" for line in lines)


def _refusal(problem: Problem, paint: Paint) -> str:
    place = paint("place", f"{printable(problem.place)}:")
    return f"{place} {printable(problem.message)}"
