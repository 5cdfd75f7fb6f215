"""What responses about several events share: a `repr` that is short enough to be read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from contractgate_core._verdict import Verdicts, describe
from contractgate_core.models._base import Model

__all__ = ["Batch"]

_ALWAYS_SHOWN = frozenset({"total", "passed", "failed"})

_MOST_FAILURES = 3
# With all that stands around them, no more than pytest shows of a value before it cuts its middle.
_MOST_CHARACTERS = 100


class Batch(Verdicts, Model, frozen=True):
    """The root of responses about several events.

    In place of an entry for each event, the `repr` shows how many failed and the first of those;
    and of the rest the counts, the texts, and what is true.
    """

    def __rich_repr__(self) -> Iterator[tuple[str, Any]]:  # type: ignore[override]  # msgspec's own shows all
        each = self._each()
        for name, value in super().__rich_repr__():
            if value is each:
                yield name, _Failures(each)
            elif name in _ALWAYS_SHOWN or (value and type(value) in (int, bool, str)):
                yield name, value


class _Failures:
    """Stands for the entries of a batch.

    Args:
        each: The entries.
    """

    def __init__(self, each: Sequence[Any]) -> None:
        self._each = each

    def __repr__(self) -> str:
        failed = [(index, one.violations) for index, one in enumerate(self._each) if not one]
        if not failed:
            return f"<{len(self._each):,} passed>"
        shown: list[str] = []
        room = _MOST_CHARACTERS
        for index, violations in failed:
            text = f"[{index}] {_cut(describe(violations))}" if violations else ""
            room -= len(text)
            if shown and (room < 0 or len(shown) == _MOST_FAILURES):
                break
            shown += [text] if text else []
        more = ["…"] if shown and len(shown) < len(failed) else []
        told = f": {'; '.join([*shown, *more])}" if shown else ""
        return f"<{len(failed):,} failed{told}>"


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_CHARACTERS else f"{text[: _MOST_CHARACTERS - 1]}…"
