"""What compiling patterns may cost: steps, counted as they are taken, of a budget.

A step is about a microsecond of work. How many there are hangs on the patterns alone, never on a
clock or on what this process has seen before, so that a contract is refused everywhere or nowhere.
What several patterns of one contract share, such as a class, is made and paid for once.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any, Callable, NamedTuple, Optional, TypeVar

from contractgate_core.errors import PatternError

__all__ = ["BOUNDLESS", "MOST_STEPS", "RANGES_A_STEP", "Effort", "EffortError", "Part", "Price"]

Made = TypeVar("Made")

MOST_STEPS = 750_000
"""So many steps may the patterns of one contract take, or one pattern on its own."""

BOUNDLESS = 2**62
"""More steps than anything takes."""

RANGES_A_STEP = 8
"""So many ranges of a set are gone through in a step."""

_REASON = (
    f"all patterns of a contract together may take {MOST_STEPS:,} steps to compile, a limit that "
    "the gateway does not have; make them shorter, with a class instead of many alternatives, or "
    "with one repetition instead of many parts"
)


class EffortError(PatternError):
    """Compiling a pattern takes more steps than are left; the gateway has no such limit."""

    def __init__(self, reason: str = _REASON, **place: Any) -> None:
        super().__init__(reason, **place)


class Part(NamedTuple):
    """What patterns of one contract share.

    Attributes:
        made: What it is.
        steps: The steps that it took.
    """

    made: Any
    steps: int


class Price(NamedTuple):
    """What a pattern costs to compile.

    Attributes:
        steps: The steps that are its own.
        parts: What it may share with other patterns.
    """

    steps: int
    parts: Mapping[Hashable, Part]

    @property
    def total(self) -> int:
        """Count the steps where nothing is shared."""
        return self.steps + sum(part.steps for part in self.parts.values())


class Effort:
    """The steps that are left to the patterns of a contract, and the parts that are made.

    Args:
        most: How many steps there are.

    Attributes:
        left: How many of them are left.
    """

    def __init__(self, most: int = MOST_STEPS) -> None:
        self.left = most
        self._parts: dict[Hashable, Part] = {}
        self._steps = 0
        self._used: dict[Hashable, Part] = {}

    @property
    def steps(self) -> int:
        """Count the steps that the pattern has taken so far, but for its parts."""
        return self._steps

    def spend(self, steps: int) -> None:
        """Count steps that are about to be taken.

        Raises:
            EffortError: There are not so many left.
        """
        self._steps += steps
        self.left -= steps
        if self.left < 0:
            raise EffortError

    def part(self, key: Hashable) -> Optional[Any]:
        """Give what was made under a key, if it was, to be a part of this pattern too."""
        part = self._parts.get(key)
        if part is None:
            return None
        self._used[key] = part
        return part.made

    def keep(self, key: Hashable, made: Made, since: int) -> Made:
        """Keep as a part what has taken all steps since there were so many."""
        self._parts[key] = self._used[key] = Part(made, self._steps - since)
        self._steps = since
        return made

    def once(self, key: Hashable, steps: int, make: Callable[[], Made]) -> Made:
        """Give a part, which takes some steps to be made at first."""
        found: Optional[Made] = self.part(key)
        if found is not None:
            return found
        since = self._steps
        self.spend(steps)
        return self.keep(key, make(), since)

    def begin(self) -> None:
        """Begin with another pattern."""
        self._steps, self._used = 0, {}

    def price(self) -> Price:
        """Tell what the pattern has cost so far."""
        return Price(self._steps, self._used)

    def pay(self, price: Price) -> None:
        """Spend what a pattern costs that was compiled for another contract.

        Raises:
            EffortError: There are not so many steps left.
        """
        new = {key: part for key, part in price.parts.items() if key not in self._parts}
        self._parts.update(new)
        self.left -= price.steps + sum(part.steps for part in new.values())
        if self.left < 0:
            raise EffortError
