"""Figures beside their limits, as the benchmarks of limits print them."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Row"]


class Row(NamedTuple):
    """One figure beside its limit.

    Attributes:
        what: What was measured.
        figure: What came of it.
        limit: What it must not pass.
        is_least: Whether the limit is the least figure allowed, not the most.
    """

    what: str
    figure: float
    limit: float
    is_least: bool = False

    def is_broken(self) -> bool:
        """Tell whether the figure is beyond the limit."""
        return self.figure < self.limit if self.is_least else self.figure > self.limit

    def __str__(self) -> str:
        word = "at least" if self.is_least else "at most"
        end = "BROKEN" if self.is_broken() else ""
        return f"| {self.what} | {self.figure:.2f} | {word} {self.limit:g} | {end} |"
