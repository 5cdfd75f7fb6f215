"""The streams of the command line, and everything that can go wrong on them."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING, BinaryIO, Optional, TextIO

from contractgate_core.errors import ContractGateError
from contractgate_core.report.problems import STANDARD_INPUT, input_name
from contractgate_core.report.text import Paint, coloured, plain

if TYPE_CHECKING:
    from contractgate_core.contract.model import Contract
    from contractgate_core.report.problems import Problem

__all__ = [
    "Output",
    "OutputError",
    "complain",
    "flush_standard_output",
    "read_contract",
    "refuse",
    "standard_error",
    "standard_input",
    "standard_output",
    "write_refusal",
]


class OutputError(ContractGateError):
    """The results of a command could not be written.

    Attributes:
        output: The output that failed.
        is_broken_pipe: Whether the reader of the output went away, which is no fault.
    """

    def __init__(self, message: str, output: Output, *, is_broken_pipe: bool) -> None:
        super().__init__(message)
        self.output = output
        self.is_broken_pipe = is_broken_pipe


class Output:
    """Takes text and writes it as bytes, so that no locale can refuse it.

    Args:
        stream: Where to write.
        encoding: The encoding; characters that it lacks are written as escapes.
        is_terminal: Whether a person is watching, so that text is shown at once.
        color: `always`, `never`, or `auto`, as for `--color`.
        name: The file's name for errors, if it is a file.
    """

    def __init__(
        self,
        stream: BinaryIO,
        encoding: str,
        *,
        is_terminal: bool,
        color: str = "auto",
        name: str = "",
    ) -> None:
        self._stream = stream
        self._encoding = encoding
        self._is_terminal = is_terminal
        self._color = color
        self._name = name

    @property
    def paint(self) -> Paint:
        """How to colour: by default only on a terminal, and never against the user's wish."""
        if self._color != "auto":
            return coloured if self._color == "always" else plain
        if os.environ.get("NO_COLOR"):
            return plain
        if os.environ.get("FORCE_COLOR"):
            return coloured
        return coloured if self._is_terminal and os.environ.get("TERM") != "dumb" else plain

    def write(self, text: str) -> None:
        """Write a text.

        Raises:
            OutputError: The stream does not accept it.
        """
        try:
            self._stream.write(text.encode(self._encoding, "backslashreplace"))
            if self._is_terminal:
                self._stream.flush()
        except OSError as error:
            raise self._failed(error) from error

    def flush(self) -> None:
        """Hand everything over to the system.

        Raises:
            OutputError: The stream does not accept it.
        """
        try:
            self._stream.flush()
        except OSError as error:
            raise self._failed(error) from error

    def _failed(self, error: OSError) -> OutputError:
        broken = isinstance(error, BrokenPipeError)
        what = f"the results to {self._name}" if self._name else "the results"
        message = f"cannot write {what}: {error.strerror}"
        return OutputError(message, self, is_broken_pipe=broken)

    def abandon(self) -> None:
        """Discard what is not written yet, so that the process ends quietly."""
        try:
            descriptor = self._stream.fileno()
        except (OSError, ValueError):
            return
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, descriptor)
        os.close(nowhere)


def standard_output(*, encoding: Optional[str] = None, color: str = "auto") -> Output:
    """Open standard output, in the terminal's encoding unless another is asked for.

    Args:
        encoding: The encoding to write in.
        color: Whether to colour; see `Output`.
    """
    return _opened(sys.stdout, encoding, color)


def standard_error(*, color: str = "auto") -> Output:
    """Open standard error for a report, if standard output is for something else.

    Args:
        color: Whether to colour; see `Output`.
    """
    return _opened(sys.stderr, None, color)


def _opened(stream: Optional[TextIO], encoding: Optional[str], color: str) -> Output:
    if stream is None:  # closed by the parent process
        return Output(io.BytesIO(), "utf-8", is_terminal=False)
    return Output(
        stream.buffer,
        encoding or stream.encoding or "utf-8",
        is_terminal=stream.isatty(),
        color=color,
    )


def flush_standard_output() -> None:
    """Hand everything over to the system, including what argparse has written.

    Raises:
        OutputError: The stream does not accept it.
    """
    if sys.stdout is not None:
        standard_output().flush()


def standard_input() -> BinaryIO:
    """Open standard input for bytes.

    Raises:
        OSError: It is closed.
    """
    if sys.stdin is None:
        raise OSError("standard input is closed")
    return sys.stdin.buffer


def read_contract(name: str) -> Contract:
    """Read a contract from a file, or from standard input if the name is a dash.

    Raises:
        ContractCompileError: It is not a contract.
        OSError: It cannot be read.
    """
    from contractgate_core.contract.load import load_file, load_text
    from contractgate_core.contract.model import with_verbs
    from contractgate_core.contract.source import MOST_BYTES

    if name != STANDARD_INPUT:
        return with_verbs(load_file(name))
    return with_verbs(load_text(standard_input().read(MOST_BYTES + 1), input_name(name)))


def complain(message: str) -> None:
    """Print an error message on standard error."""
    if sys.stderr is None:
        return
    encoding = sys.stderr.encoding or "utf-8"
    safe = message.encode(encoding, "backslashreplace").decode(encoding)
    try:
        sys.stderr.write(f"contractgate: {safe}\n")
        sys.stderr.flush()
    except OSError:
        pass  # nobody may be reading; the exit code still tells


def refuse(problem: Problem, output: Output, *, as_json: bool) -> int:
    """Report what kept the whole command from its work.

    Args:
        problem: What it was.
        output: Where the results would have gone.
        as_json: A program reads them.

    Returns:
        The exit code.
    """
    write_refusal(problem, output, as_json=as_json)
    complain(str(problem))
    return 2


def write_refusal(problem: Problem, output: Output, *, as_json: bool) -> None:
    """Write what kept a whole command from its work, if a program waits for it."""
    if as_json:
        from contractgate_core.report.document import document

        output.write(document(error=problem))
