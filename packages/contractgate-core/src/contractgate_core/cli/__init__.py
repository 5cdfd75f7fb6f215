"""The command `contractgate`, with one module for each sub-command.

Exit codes: 0 everything passed; 1 something did not; 2 something could not be loaded or written, or
the command line is wrong; 130 interrupted; 141 the reader of the output went away. Commands that
talk to a gateway, which another package adds, also have 10, 11 and 12 (docs/command-line.md).
"""

from __future__ import annotations

import atexit
import gc
import sys
from collections.abc import Sequence
from typing import Optional

from contractgate_core.cli.console import (
    OutputError,
    complain,
    flush_standard_output,
)
from contractgate_core.cli.parser import parse

__all__ = ["main"]

_UNUSABLE = 2
_INTERRUPTED = 130
_BROKEN_PIPE = 141

_ALLOCATIONS_BETWEEN_COLLECTIONS = 50_000


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Run the command line.

    Args:
        arguments: The arguments after the command's name; by default, those of this process.

    Returns:
        The exit code.
    """
    if arguments is None:
        _spare_collections()
        arguments = sys.argv[1:]
    try:
        code = _run(arguments)
        flush_standard_output()
    except OutputError as error:
        error.output.abandon()
        if error.is_broken_pipe:
            return _BROKEN_PIPE
        complain(str(error))
        return _UNUSABLE
    except KeyboardInterrupt:
        complain("interrupted")
        return _INTERRUPTED
    return code


def _spare_collections() -> None:
    """Tune the garbage collector for a short process whose memory is all freed at its end.

    What the start loads is no garbage, but examining it takes a fifth of a short run.
    """
    gc.set_threshold(_ALLOCATIONS_BETWEEN_COLLECTIONS)
    atexit.register(gc.freeze)


def _run(arguments: Sequence[str]) -> int:
    try:
        parsed = parse(arguments)
    except SystemExit as stop:  # how argparse ends after --help and after a mistake
        return stop.code if isinstance(stop.code, int) else 0
    code: int = parsed.run(parsed)
    return code
