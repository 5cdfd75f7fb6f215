"""What all verdicts and answers have that are true only if nothing failed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from contractgate_core._error import InvalidEventError
from contractgate_core._tracebacks import guarded
from contractgate_core._violation import Violation

__all__ = ["Verdict", "Verdicts", "describe"]


class Verdict:
    """Mixed into what is true only if nothing failed, and has `violations`."""

    __slots__ = ()

    if TYPE_CHECKING:

        def __bool__(self) -> bool: ...

    @guarded
    def raise_for_violations(self) -> None:
        """Do nothing if nothing failed.

        Raises:
            InvalidEventError: Something failed; its `violations` are the rules that were broken,
                in the order of the events.
        """
        if not self:
            message, violations = self._failure()
            raise InvalidEventError(message, violations=violations)

    def _failure(self: Any) -> tuple[str, Sequence[Violation]]:
        return describe(self.violations), self.violations


class Verdicts(Verdict):
    """Mixed into what holds the verdicts on several events."""

    __slots__ = ()

    def _each(self) -> Sequence[Any]:
        raise NotImplementedError

    def _failure(self) -> tuple[str, Sequence[Violation]]:
        each = self._each()
        failed = [(index, one.violations) for index, one in enumerate(each) if not one]
        message = f"{len(failed):,} of {len(each):,} events did not pass"
        broken = [(index, violations) for index, violations in failed if violations]
        if broken:
            index, first = broken[0]
            message += f"; at index {index}: {describe(first)}"
        return message, [violation for _, violations in broken for violation in violations]


def describe(violations: Sequence[Violation]) -> str:
    """Count the violations and show the first, without values of transformed fields."""
    if not violations:  # as in an answer about a deprecated version
        return "the event did not pass"
    first = violations[0]
    more = f" (and {len(violations) - 1} more)" if len(violations) > 1 else ""
    return f"{first.safe_message or f'{first.field}: {first.kind}'}{more}"
