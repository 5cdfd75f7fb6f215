"""Distinguishing an error of a call from one that a signal handler raised during the call.

Python may run a signal handler between any two steps of the main thread, so whatever it raises,
mostly `TimeoutError` or `KeyboardInterrupt`, comes out of the code that is running. It belongs to
the user, and must not be taken for a failure of that code.
"""

from __future__ import annotations

__all__ = ["raised_in"]


def raised_in(error: BaseException, module: str) -> bool:
    """Return whether an error was raised by a module, or by C code that the module called.

    Args:
        error: An error that was just caught.
        module: The name of the module. An error from a handler has a frame of the handler's module.
    """
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and trace.tb_frame.f_globals.get("__name__") == module
