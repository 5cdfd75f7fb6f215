"""Skipping a fast way where it is not worth a try."""

from __future__ import annotations

__all__ = ["Backoff"]


class Backoff:
    """Skips a fast way for a while when it has failed several times in a row.

    Args:
        patience: How many failures in a row begin to skip tries.
        longest: How many tries are skipped at most.

    Attributes:
        left: How many more tries are skipped. Threads that count it down together may take it below
            0, which means 0.
        failures: How many tries in a row have failed.
    """

    def __init__(self, patience: int, longest: int) -> None:
        self.left = 0
        self.failures = 0
        self._patience = patience
        self._longest = longest

    def fail(self) -> None:
        """Count a try that failed."""
        # Read once, since another thread may set it to 0 at any time.
        self.failures = failures = self.failures + 1
        if failures >= self._patience:
            more = min(failures - self._patience, 10)
            self.left = min(self._patience << more, self._longest)
