"""What kept a command from its work, in the form that every report shows."""

from __future__ import annotations

import os
from typing import Optional, Union

import msgspec

from contractgate_core.errors import ContractCompileError, ContractGateError

__all__ = ["STANDARD_INPUT", "Problem", "file_name", "input_name", "problem_of"]

STANDARD_INPUT = "-"
"""How a user names standard input."""


class Problem(msgspec.Struct, frozen=True):
    """Why something could not be loaded.

    Attributes:
        message: What was expected and what came.
        file: The file as the user named it, or None.
        line: The line, from 1, or None.
        column: The column in characters, from 1, or None.
        field: The path of the contract field at fault, or None.
    """

    message: str
    file: Optional[str] = None
    line: Optional[int] = None
    column: Optional[int] = None
    field: Optional[str] = None

    @property
    def place(self) -> str:
        """`file:line:column`, as far as these are known."""
        parts = (self.file, self.line, self.column)
        return ":".join(str(part) for part in parts if part is not None)

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message


def problem_of(error: Union[ContractGateError, OSError], file: str) -> Problem:
    """Describe an error of loading or reading a file.

    Args:
        error: What was raised.
        file: The file's name as the user gave it, for an error that does not know it.
    """
    if isinstance(error, ContractCompileError):
        name: Union[str, bytes] = error.filename or file
        return Problem(error.summary, file_name(name), error.line, error.column, error.field)
    if isinstance(error, ContractGateError):
        return Problem(str(error), file_name(file))
    name = error.filename if isinstance(error.filename, (str, bytes)) else file
    return Problem(error.strerror or str(error) or type(error).__name__, file_name(name))


def input_name(name: str) -> str:
    """Return the name of an input as people know it, standard input included."""
    return "<stdin>" if name == STANDARD_INPUT else name


def file_name(name: Union[str, bytes]) -> str:
    """Return a file's name in a form that can be written, even if its bytes are not text."""
    return os.fsencode(name).decode("utf-8", "replace")
