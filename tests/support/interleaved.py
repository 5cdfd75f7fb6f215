"""Two threads that take turns, a bytecode or a line of some code each, as may be by chance."""

from __future__ import annotations

import itertools
import sys
import threading
from collections.abc import Callable, Sequence
from types import FrameType, ModuleType
from typing import Any

__all__ = ["interleaved"]

_WRITTEN = "<"
"""What is written for a contract is in no file."""
_LONGEST_TURN_S = 10


class _Turns:
    """Whose turn it is of two; one that has ended has none."""

    def __init__(self) -> None:
        self._whose = 0
        self._running = {0, 1}
        self._changed = threading.Condition()

    def wait(self, me: int) -> None:
        with self._changed:
            if not self._changed.wait_for(lambda: self._whose == me, _LONGEST_TURN_S):
                raise TimeoutError("the other one does not go on")

    def give(self, me: int) -> None:
        with self._changed:
            if 1 - me in self._running:
                self._whose = 1 - me
                self._changed.notify_all()
        self.wait(me)

    def end(self, me: int) -> None:
        with self._changed:
            self._running.discard(me)
            self._whose = 1 - me
            self._changed.notify_all()


def interleaved(
    call: Callable[[], Any],
    modules: Sequence[ModuleType],
    *,
    by_bytecode: bool = False,
    turns_of: tuple[int, int] = (1, 1),
) -> list[Any]:
    """Call a function in two threads at once, which take turns in some modules.

    Args:
        call: The function. It waits for no lock, since the other thread may have it.
        modules: The modules; what is written for a contract is always among them.
        by_bytecode: They take turns after each bytecode, else after each line.
        turns_of: So many bytecodes or lines each of the two goes on in its turn.

    Returns:
        What both calls have returned.
    """
    files = (_WRITTEN, *(str(module.__file__) for module in modules))
    turns = _Turns()
    results: list[Any] = [None, None]
    errors: list[BaseException] = []

    def run(me: int) -> None:
        left = itertools.cycle(reversed(range(turns_of[me])))

        def trace_inside(frame: FrameType, event: str, _: Any) -> Any:
            if event == ("opcode" if by_bytecode else "line") and not next(left):
                turns.give(me)
            return trace_inside

        def trace(frame: FrameType, _: str, __: Any) -> Any:
            if not frame.f_code.co_filename.startswith(files):
                return None
            frame.f_trace_opcodes = by_bytecode
            return trace_inside

        turns.wait(me)
        sys.settrace(trace)
        try:
            results[me] = call()
        except BaseException as error:
            errors.append(error)
        finally:
            sys.settrace(None)
            turns.end(me)

    threads = [threading.Thread(target=run, args=(me,)) for me in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(_LONGEST_TURN_S * 2)
    for error in errors:
        raise error
    return results
