"""The cost of compiling patterns: steps that are counted as they are taken, within a budget.

A step is about a microsecond of work. The number of steps depends on the patterns alone, never on a
clock or on what this process has compiled before, so a contract is refused everywhere or nowhere.
Whatever patterns of one contract share, such as a class, is made and paid for once.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any, Callable, NamedTuple, Optional, TypeVar

from contractgate_core.errors import PatternError

__all__ = ["BOUNDLESS", "MOST_STEPS", "RANGES_A_STEP", "Effort", "EffortError", "Part", "Price"]

Made = TypeVar("Made")

MOST_STEPS = 750_000
"""How many steps the patterns of one contract may take, or one pattern on its own."""

BOUNDLESS = 2**62
"""More steps than anything takes."""

RANGES_A_STEP = 8
"""How many ranges of a set are processed in one step."""

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
    """Something that patterns of one contract share.

    Attributes:
        made: The shared value.
        steps: How many steps it took.
    """

    made: Any
    steps: int


class Price(NamedTuple):
    """The cost of compiling a pattern.

    Attributes:
        steps: The steps of the pattern alone.
        parts: Parts that it may share with other patterns.
    """

    steps: int
    parts: Mapping[Hashable, Part]

    @property
    def total(self) -> int:
        """The number of steps if nothing is shared."""
        return self.steps + sum(part.steps for part in self.parts.values())


class Effort:
    """The remaining steps of a contract's patterns, and the parts that they share.

    Args:
        most: How many steps there are at first.

    Attributes:
        left: How many steps are left.
    """

    def __init__(self, most: int = MOST_STEPS) -> None:
        self.left = most
        self._parts: dict[Hashable, Part] = {}
        self._steps = 0
        self._used: dict[Hashable, Part] = {}

    @property
    def steps(self) -> int:
        """How many steps the current pattern has taken so far, without its parts."""
        return self._steps

    def spend(self, steps: int) -> None:
        """Count steps that are about to be taken.

        Raises:
            EffortError: Too few steps are left.
        """
        self._steps += steps
        self.left -= steps
        if self.left < 0:
            raise EffortError

    def part(self, key: Hashable) -> Optional[Any]:
        """Return what was made under a key, if it was, and record it as a part of this pattern."""
        part = self._parts.get(key)
        if part is None:
            return None
        self._used[key] = part
        return part.made

    def keep(self, key: Hashable, made: Made, since: int) -> Made:
        """Keep a value as a part, which cost the steps taken since `since`."""
        self._parts[key] = self._used[key] = Part(made, self._steps - since)
        self._steps = since
        return made

    def once(self, key: Hashable, steps: int, make: Callable[[], Made]) -> Made:
        """Return the part under a key; make it, for some steps, if it is not there."""
        found: Optional[Made] = self.part(key)
        if found is not None:
            return found
        since = self._steps
        self.spend(steps)
        return self.keep(key, make(), since)

    def begin(self) -> None:
        """Begin another pattern."""
        self._steps, self._used = 0, {}

    def price(self) -> Price:
        """Return what the current pattern has cost so far."""
        return Price(self._steps, self._used)

    def pay(self, price: Price) -> None:
        """Spend the cost of a pattern that was compiled for another contract.

        Raises:
            EffortError: Too few steps are left.
        """
        new = {key: part for key, part in price.parts.items() if key not in self._parts}
        self._parts.update(new)
        self.left -= price.steps + sum(part.steps for part in new.values())
        if self.left < 0:
            raise EffortError
