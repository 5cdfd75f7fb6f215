"""Threads that share a contract: its fast ways are made, whoever comes first, and stay in use."""

from __future__ import annotations

import itertools
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from contractgate_core.engine import judge
from contractgate_core.engine.accept import acceptor as accepting
from contractgate_core.engine.accept import backoff, observed
from contractgate_core.engine.accept.acceptor import Acceptor
from contractgate_core.engine.compiled import CompiledContract
from contracts import compiled
from interleaved import interleaved

FIELDS: tuple[dict[str, Any], ...] = (
    {"name": "a", "pattern": "^[a-z]+$"},
    {"name": "b", "type": "integer", "required": False},
)
GOOD, BAD = b'{"a":"x","b":1}', b'{"a":"7"}'
ROUNDS = 24


COUNTING = (judge, accepting, backoff)
LEARNING = (*COUNTING, observed)


@pytest.fixture(autouse=True, scope="module")
def _loaded() -> None:
    """Load all modules first, since a thread that waits for another's import cannot take turns."""
    one = compiled(*FIELDS)
    for _ in range(40):
        one.validate_json(GOOD)
        one.validate_json(BAD)


def functions_in(call: Callable[[], object]) -> set[str]:
    """Name the functions that a call runs."""
    names: set[str] = set()
    sys.setprofile(lambda frame, *_: names.add(frame.f_code.co_name))
    try:
        call()
    finally:
        sys.setprofile(None)
    return names


def is_accepted(one: CompiledContract) -> bool:
    """Return whether a good event is judged without the exact reader."""
    names = functions_in(lambda: one.validate_json(GOOD))
    return "decode_event" not in names


def shares_what_it_found(one: CompiledContract) -> bool:
    """Return whether the violations of a value are looked up, as only the fast way does."""
    first, second = (one.check_value({"a": "7"}).violations[0] for _ in range(2))
    return first is second


@pytest.fixture(params=[0, 1], ids=["even", "odd"])
def before(request: pytest.FixtureRequest) -> int:
    """How many events one thread judges alone first, so that counts are even or odd."""
    number: int = request.param
    return number


@pytest.mark.parametrize("by_bytecode", [False, True], ids=["lines", "bytecodes"])
def test_threads_that_begin_together_make_the_fast_way(before: int, by_bytecode: bool) -> None:
    """Neither steps over the event at which it is made."""
    one = compiled(*FIELDS)
    for _ in range(before):
        one.check_value({"a": "7"})
    for _ in range(ROUNDS):
        for result in interleaved(
            lambda: one.check_value({"a": "7"}), COUNTING, by_bytecode=by_bytecode
        ):
            assert [found.field for found in result.violations] == ["a"]
    assert shares_what_it_found(one)


@pytest.mark.parametrize("by_bytecode", [False, True], ids=["lines", "bytecodes"])
def test_threads_that_learn_together_make_the_types(before: int, by_bytecode: bool) -> None:
    """What both have learnt is neither lost nor mixed up so that no type can be made."""
    modules = COUNTING if by_bytecode else LEARNING
    one = compiled(*FIELDS)
    for _ in range(before):
        one.validate_json(GOOD)
    for _ in range(ROUNDS):
        for result in interleaved(
            lambda: one.validate_json(GOOD), modules, by_bytecode=by_bytecode
        ):
            assert result.passed
    assert is_accepted(one)
    assert not one.validate_json(BAD).passed


def test_a_backoff_ends_although_two_threads_count_it(before: int) -> None:
    """Neither steps over its end, after which good events are accepted again."""
    one = compiled(*FIELDS)
    for _ in range(40):
        one.validate_json(GOOD)
    assert is_accepted(one)
    for _ in range(8 + before):  # After eight that are refused, eight are not tried.
        one.validate_json(BAD)
    for _ in range(4):
        interleaved(lambda: one.validate_json(BAD), COUNTING)
    assert is_accepted(one)


def test_approximate_reading_is_tried_again_although_two_threads_count_the_backoff(
    before: int,
) -> None:
    """A failing event that needs no exact number is read only once."""
    one = compiled({"name": "a", "type": "float", "max": 1}, {"name": "b", "required": False})
    doubtful, plain = b'{"a":1.00000000000000000001}', b'{"a":"x"}'
    for _ in range(40):
        one.validate_json(plain)
    for _ in range(8 + before):
        one.validate_json(doubtful)
    for _ in range(ROUNDS):
        interleaved(lambda: one.validate_json(plain), COUNTING)
    assert "decode_event" not in functions_in(lambda: one.validate_json(plain))


def test_lines_that_were_not_tried_do_not_end_learning(before: int) -> None:
    """The remaining lines to skip are counted down to zero, and no further."""
    one = compiled(*FIELDS)
    for _ in range(40):
        one.validate_json(GOOD)
    bad_lines = b"".join([BAD, b"\n"]) * (8 + before)
    for _ in range(2):  # Few of the first ones are accepted, so the next ones are not tried.
        list(one.scan(bad_lines, format="ndjson"))
    other = b'{"b":1,"a":"x","c":null}'  # has a key that was never seen
    for _ in range(ROUNDS):
        interleaved(lambda: one.validate_json(other), COUNTING)
    assert "decode_event" not in functions_in(lambda: one.validate_json(other))


def test_another_order_of_keys_is_noticed_by_threads_that_count_together(before: int) -> None:
    """Neither steps over the chunk that is checked."""
    acceptor = Acceptor(compiled(*FIELDS).judge.plan)
    for _ in range(16):
        acceptor.learn({"a": "x", "b": 1})
    for _ in range(1 + before):
        acceptor.accept_lines(b'{"a":"x","b":1}\n', None)
    for _ in range(ROUNDS):
        interleaved(lambda: acceptor.accept_lines(b'{"b":1,"a":"x"}\n', None), COUNTING)
    assert acceptor.accept(b'{"b":1,"a":"x"}', None) is None, "it does not learn anew"


@pytest.mark.parametrize("turns_of", [(first, 100) for first in range(1, 50)])
def test_failures_that_another_thread_forgets_meanwhile_are_none(turns_of: tuple[int, int]) -> None:
    """If accepting paid off for the other thread, it does not matter where this one is."""
    one = backoff.Backoff(8, 512)
    one.failures = 7
    calls: Iterator[Callable[[], None]] = iter([one.fail, lambda: forget(one)])
    interleaved(
        lambda: next(calls)(), (backoff, sys.modules[__name__]), by_bytecode=True, turns_of=turns_of
    )
    assert one.left in (0, 8)


def forget(one: backoff.Backoff) -> None:
    """Do what a thread does whose events are accepted."""
    one.failures = 0


@pytest.mark.parametrize("turns_of", [*itertools.product(range(1, 9), repeat=2)])
def test_two_threads_may_notice_another_order_at_once(turns_of: tuple[int, int]) -> None:
    """What one thread has forgotten is not looked at by the other."""
    acceptor = Acceptor(compiled(*FIELDS).judge.plan)
    for _ in range(16):
        acceptor.learn({"a": "x", "b": 1})
    interleaved(
        lambda: acceptor.accept_lines(b'{"b":1,"a":"x"}\n', None), COUNTING, turns_of=turns_of
    )


def test_many_threads_that_use_a_contract_for_the_first_time_agree() -> None:
    """All ways of asking at once, from the first event on: the verdicts are the exact ones."""
    number, each = 8, 150
    one = compiled(*FIELDS)
    begin = threading.Barrier(number)
    wrong: list[object] = []

    def judge(which: int) -> None:
        begin.wait(30)
        for count in range(each):
            is_good = (which + count) % 3 != 0
            text = GOOD if is_good else BAD
            value = {"a": "x", "b": 1} if is_good else {"a": "7"}
            found = [
                one.validate_json(text).passed,
                one.validate(value).passed,
                one.is_valid(value),
                one.check_value(value).passed,
                one.validate_batch_json(b"[%b]" % text)[0].passed,
                one.validate_batch_json(text, ndjson=True)[0].passed,
                not list(one.scan(text, format="ndjson")),
            ]
            if found != [is_good] * len(found):
                wrong.append((is_good, found))

    threads = [threading.Thread(target=judge, args=(which,)) for which in range(number)]
    switch = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
    finally:
        sys.setswitchinterval(switch)
    assert wrong == []
    assert shares_what_it_found(one)
