"""Failing events decoded as structs: the same violations, whatever the events are like."""

from __future__ import annotations

import gc
import json
from typing import Any, Optional

import pytest

from contractgate_core.engine.accept.failing import FailingEvents
from contractgate_core.engine.compiled import CompiledContract
from contractgate_core.events.decode import decode_event
from contractgate_core.results import Violation
from contracts import compiled

NOW = 1_712_000_100

ENTITIES: tuple[dict[str, Any], ...] = (
    {"name": "id", "pattern": "^[a-z]+$", "max_length": 9},
    {"name": "n", "type": "integer", "min": 1, "required": False},
    {"name": "price", "type": "float", "min": 0, "max": 100, "required": False},
    {
        "name": "inner",
        "type": "object",
        "required": False,
        "properties": [
            {"name": "x", "type": "boolean"},
            {"name": "y", "type": "string", "required": False},
        ],
    },
    {
        "name": "items",
        "type": "array",
        "required": False,
        "items": {
            "name": "item",
            "type": "object",
            "properties": [{"name": "q", "type": "integer", "min": 1}],
        },
    },
    {"name": "free", "type": "any", "required": False},
)
RULES: dict[str, Any] = {
    "metrics": [{"name": "m", "field": "price", "max": 50}],
    "quality": [{"field": "inner.y", "type": "completeness"}],
}
EVENTS: list[Any] = [
    {},
    {"id": "A"},
    {"id": "a" * 10},
    {"id": "ä" * 5},
    {"id": "a", "n": 0, "price": 60.5, "inner": {"x": 1}},
    {"id": "a", "price": "x", "inner": {"y": None}, "items": [{"q": 0}, {}, 7, None, {"q": 2}]},
    {"id": "a", "inner": [], "items": {"q": 1}},
    {"id": None, "n": 1.5, "price": None, "inner": None, "items": [[{"q": 0}]], "free": None},
    {"id": "a", "extra": 1, "price": 101, "inner": {"x": True, "y": "z", "more": 2}},
    {"id": 7, "free": {"deep": [{"deeper": [1.5, "x", {"deepest": {"even": [[]]}}]}]}},
    {"id": "a", "price": 50.000000000000001, "inner": {"y": "z"}},
    [],
    "text",
]


@pytest.fixture(params=[False, True], ids=["open", "compliance"])
def validator(request: pytest.FixtureRequest) -> CompiledContract:
    """Compile a contract with members, elements and rules, and make its fast ways."""
    made = compiled(*ENTITIES, compliance_mode=request.param, **RULES)
    made.judge.prepare()
    return made


def tier_of(validator: CompiledContract, examples: list[bytes]) -> FailingEvents:
    """Make a tier that knows the keys of some events, and reads the others approximately too."""
    judge = validator.judge
    assert judge.failing.reader is not None
    tier = judge.failing_events(longest_backoff=0)
    tier.begin(judge.failing.reader)
    tier.prepare(examples)
    assert tier.reader is not judge.failing.reader
    return tier


def exactly(validator: CompiledContract, text: bytes) -> list[Violation]:
    return validator.judge.exact_violations(decode_event(text), NOW)


def shown(found: Optional[list[Violation]]) -> Optional[list[tuple[Any, ...]]]:
    if found is None:
        return None
    return [(one.field, one.message, one.kind, one.safe_message) for one in found]


@pytest.mark.parametrize("event", EVENTS, ids=json.dumps)
def test_structs_give_the_violations_of_the_exact_reader(
    validator: CompiledContract, event: Any
) -> None:
    """One by one and together, before and after types have refused the text."""
    texts = [json.dumps(one, ensure_ascii=False).encode() for one in EVENTS]
    text = json.dumps(event, ensure_ascii=False).encode()
    tier = tier_of(validator, texts)
    expected = shown(exactly(validator, text))
    assert shown(tier.refused(text, NOW)) == expected
    assert shown(tier.approximately(text, NOW)) == expected
    for are_refused in (False, True):
        for found in tier.lines([text] * 3, NOW, are_refused=are_refused):
            assert found is None or shown(found) == expected


def test_lines_that_structs_cannot_read_are_left_to_the_exact_reader(
    validator: CompiledContract,
) -> None:
    """The others of the same block are not."""
    tier = tier_of(validator, [b'{"id": "A"}'])
    unread = [b'{"id": "A", "never seen": 1}', b'{"id"', b"[]", b'{"id": 1e400}', b'{"id":"\xff"}']
    found = tier.lines([b'{"id": "A"}', *unread, b'{"n": 1}'], NOW, are_refused=False)
    assert [one is None for one in found] == [False, True, True, True, True, True, False]


def test_keys_that_come_later_are_learned() -> None:
    """After some hundred lines that have them."""
    one = compiled({"name": "id", "pattern": "^[a-z]+$"})
    for _ in range(300):
        one.validate_json('{"id": "A"}')
    reader = one.judge.failing.reader
    for _ in range(600):
        one.validate_json('{"id": "A", "new": 1}')
    assert one.judge.failing.reader is not reader
    assert one.judge.failing.lines([b'{"id": "A", "new": 1}'], NOW, are_refused=True) != [None]


def test_keys_that_never_come_again_are_read_as_dicts_at_last() -> None:
    """Making types for ever would cost more than they save."""
    one = compiled({"name": "id", "pattern": "^[a-z]+$"})
    one.judge.prepare()
    tier = one.judge.failing
    first = tier.reader
    for number in range(10):
        tier.prepare([b'{"id": "A", "k%d": 1}' % number])
    assert tier.reader is first
    assert tier.lines([b'{"id": "A", "k99": 1}'], NOW, are_refused=False) != [None]


def test_nothing_personal_is_kept_of_examples() -> None:
    """Only their keys are, before and after structs are made."""
    one = compiled({"name": "id", "pattern": "^[a-z]+$", "transform": {"kind": "hash"}})
    for number in range(300):
        one.validate_json(f'{{"id": "SECRET{number}"}}')
        if number in (240, 299):
            gc.collect()
            assert not [text for text in kept_texts() if text.startswith("SECRET")]


def kept_texts() -> list[str]:
    """List the texts in all dicts and lists of the process."""
    return [
        value
        for held in gc.get_objects()
        if type(held) in (dict, list)
        for value in (held.values() if type(held) is dict else held)
        if type(value) is str
    ]
