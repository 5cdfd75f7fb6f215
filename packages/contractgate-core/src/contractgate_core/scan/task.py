"""What the workers of a scan are given, and how they are asked for it."""

from __future__ import annotations

from collections import deque
from typing import Optional, Protocol

from contractgate_core.scan.segments import Segment
from contractgate_core.scan.verdicts import Verdict

__all__ = ["Task", "Worker"]


class Task:
    """A segment to be judged.

    Attributes:
        part: The segment.
        verdicts: The findings in it that are not yet returned to the user.
        error: Why there will be no more findings.
    """

    def __init__(self, part: Segment) -> None:
        self.part = part
        self.verdicts: deque[Verdict] = deque()
        self.error: Optional[OSError] = None


class Worker(Protocol):
    """A process or a thread that judges segments.

    Attributes:
        tasks: Its tasks, in the order in which it answers them.
        is_ready: Whether it takes tasks.
    """

    tasks: deque[Task]
    is_ready: bool

    def give(self, task: Task) -> None:
        """Give the worker another task."""

    def has_message(self) -> bool:
        """Return whether the worker has sent something that was not received yet."""
        ...

    def take_message(self) -> int:
        """Wait for the worker's next message; return how many failing records it brings."""
        ...

    def kill(self) -> None:
        """Tell the worker to end at once."""

    def end(self) -> None:
        """End the worker, and wait until it has ended."""
