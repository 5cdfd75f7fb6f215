"""Stack space for recursive work."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

__all__ = ["with_room"]

T = TypeVar("T")


def with_room(work: Callable[[], T]) -> T:
    """Do recursive work; if the caller's stack has too little room, do it on an empty one.

    Args:
        work: What to do. It must be able to start over.

    Raises:
        RecursionError: Even an empty stack has too little room.
    """
    try:
        return work()
    except RecursionError:
        pass
    import threading  # hardly ever needed

    # The stack of a new thread is empty.
    results: list[T] = []
    errors: list[Exception] = []
    thread = threading.Thread(target=_keep_outcome, args=(work, results, errors), daemon=True)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return results[0]


def _keep_outcome(work: Callable[[], T], results: list[T], errors: list[Exception]) -> None:
    try:
        results.append(work())
    except Exception as error:
        errors.append(error)
