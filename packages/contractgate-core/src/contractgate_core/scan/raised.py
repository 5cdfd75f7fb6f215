"""Telling an error of a call from one that a signal's handler raised while the call was under way.

Python runs such a handler between any two steps of the main thread, so what it raises, mostly
`TimeoutError` or `KeyboardInterrupt`, comes out of whatever was being done. It belongs to the user,
and must not be taken for a failure of that.
"""

from __future__ import annotations

__all__ = ["raised_in"]


def raised_in(error: BaseException, module: str) -> bool:
    """Return whether an error was raised by a module, or by what is written in C under it.

    Args:
        error: An error that was just caught.
        module: The name of the module. What a handler raises has a frame of the handler's module.
    """
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and trace.tb_frame.f_globals.get("__name__") == module
