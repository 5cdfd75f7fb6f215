"""Violations of repeated values are found once, and are what the exact checks find."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from typing import Any

import pytest

from contractgate_core.engine.accept.acceptor import Acceptor
from contractgate_core.engine.accept.repeated import LONGEST_CACHED_TEXT, skip_passed
from contractgate_core.engine.compiled import CompiledContract
from contracts import compiled


def prepared(**rules: Any) -> CompiledContract:
    validator = compiled({"name": "a", **rules}, {"name": "b", "required": False})
    validator.judge.prepare()
    return validator


def assert_same(validator: CompiledContract, event: dict[str, Any]) -> None:
    """Compare twice, since what is found first is kept."""
    for _ in range(2):
        found = validator.judge.value(event, None)
        exact = validator.judge.exact_violations(event, None)
        assert found == exact
        assert [one.safe_message for one in found] == [one.safe_message for one in exact]


def test_events_share_what_is_found_in_a_value() -> None:
    """So it is not written again."""
    validator = prepared(pattern="^[a-z]+$")
    (first,) = validator.judge.value({"a": "7"}, None)
    (second,) = validator.judge.value({"a": "7", "b": "x"}, None)
    assert first is second


def test_nothing_is_kept_of_personal_values() -> None:
    """Their violations are made again each time, and are masked."""
    validator = prepared(pattern="^[a-z]+$", transform={"kind": "mask"})
    (first,) = validator.judge.value({"a": "7"}, None)
    (second,) = validator.judge.value({"a": "7"}, None)
    assert first is not second
    assert "[masked]" in (second.safe_message or "")


@pytest.mark.parametrize(
    "value", [1, True, 1.0, 0, -0.0, 0.0, "1", None, [1], {"a": 1}, "x" * 2000]
)
def test_equal_values_of_other_types_are_told_apart(value: object) -> None:
    """1, 1.0 and true are three values, and -0.0 is written differently from 0.0."""
    validator = prepared(type="any", enum=["nothing of these"])
    for before in (1, True, 1.0, 0, 0.0, "1", value):
        assert_same(validator, {"a": before})
    assert_same(validator, {})


def test_very_many_values_are_not_kept() -> None:
    """It starts over now and then, and finds the same."""
    validator = prepared(type="integer", max=-1)
    for number in range(1000):
        assert_same(validator, {"a": number})


class Counting:
    """Finds the strings that begin with a minus sign, and counts how many it looks at."""

    def __init__(self) -> None:
        self.looked_at = 0

    def __call__(self, values: Sequence[str]) -> Sequence[int]:
        self.looked_at += len(values)
        return [index for index, value in enumerate(values) if value.startswith("-")]


def test_strings_that_passed_are_not_looked_at_again() -> None:
    """As long as all of them did."""
    counting = Counting()
    find = skip_passed(counting)
    for _ in range(10):
        assert not find(["ab", "cd", "ab"])
    assert counting.looked_at == 3
    assert list(find(["cd", "-", "ab", "-x"])) == [1, 3]
    assert list(find(["-"])) == [0]
    assert counting.looked_at == 8


@pytest.mark.parametrize(
    "strings",
    [[str(number) for number in range(1000)], ["x" * (LONGEST_CACHED_TEXT + 1)]],
    ids=["many", "long"],
)
def test_only_a_few_short_strings_are_remembered(strings: list[str]) -> None:
    """The others are matched each time, with the same result."""
    counting = Counting()
    find = skip_passed(counting)
    for _ in range(3):
        assert not find(strings)
        assert list(find([*strings, "-"])) == [len(strings)]
    assert counting.looked_at == 3 * (2 * len(strings) + 1)


def test_nothing_is_kept_of_personal_strings_that_passed() -> None:
    """Not even if their pattern has no faster way."""
    for transform, is_kept in (({"kind": "mask"}, False), (None, True)):
        rules: dict[str, Any] = {} if transform is None else {"transform": transform}
        acceptor = Acceptor(prepared(pattern=r"^\w[\w .'-]{0,60}$", **rules).judge.plan)
        for number in range(16):
            acceptor.learn({"a": f"Zoë {number}"})
        chunk = b"".join(b'{"a":"Zo\xc3\xab %d"}\n' % (number % 7) for number in range(100))
        assert len(acceptor.accept_lines(chunk, None).rows) == 100
        assert ("Zoë 3" in kept_strings(acceptor)) is is_kept


def kept_strings(acceptor: Acceptor) -> set[str]:
    """List the strings in the sets that are reachable from an acceptor.

    But for what other packages' modules hold, which is all that this process has.
    """
    others = [m for name, m in sys.modules.items() if not name.startswith("contractgate_core")]
    seen: dict[int, object] = {id(vars(module)): None for module in others}
    left: list[Any] = [acceptor]
    while left:
        one = left.pop()
        if id(one) not in seen and not isinstance(one, (type, type(gc))):
            seen[id(one)] = one
            left += [part for part in gc.get_referents(one) if gc.is_tracked(part)]
    sets = [one for one in seen.values() if isinstance(one, set)]
    return {member for one in sets for member in one if isinstance(member, str)}
