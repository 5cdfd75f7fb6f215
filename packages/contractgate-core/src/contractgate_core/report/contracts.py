"""What became of contract files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Optional

import msgspec

from contractgate_core.contract.model import Contract
from contractgate_core.report.document import document
from contractgate_core.report.problems import Problem
from contractgate_core.report.text import Paint, counted, printable

__all__ = ["CheckedFile", "as_document", "as_text"]


class CheckedFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file that should be a contract.

    Attributes:
        file: Its name.
        contract: What it holds, if it is a contract.
        error: Why it is not one.
        is_readable: It could be read.
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
    return {
        "file": checked.file,
        "valid": True,
        "name": checked.contract.name,
        "version": checked.contract.version,
    }


def as_text(checked: Sequence[CheckedFile], paint: Paint, *, quiet: bool) -> str:
    """Write a line for each file that was refused, and one for all together."""
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
