"""Leaving a fast way out where it is not worth it."""

from __future__ import annotations

__all__ = ["Backoff"]


class Backoff:
    """Leaves a fast way out for a while when it has failed several times in a row.

    Args:
        patience: So many failures are borne.
        longest: So many tries are left out at most.

    Attributes:
        left: So many tries more are left out. Threads that count it down together may come below
            0, which is the same.
        failures: So many tries in a row were not worth it.
    """

    def __init__(self, patience: int, longest: int) -> None:
        self.left = 0
        self.failures = 0
        self._patience = patience
        self._longest = longest

    def fail(self) -> None:
        """Take in that a try was not worth it."""
        # Looked at once, since another thread may have forgotten them by the next time.
        self.failures = failures = self.failures + 1
        if failures >= self._patience:
            more = min(failures - self._patience, 10)
            self.left = min(self._patience << more, self._longest)
