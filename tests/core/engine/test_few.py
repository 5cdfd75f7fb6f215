"""No more violations are built than are asked for: a hostile event has a million."""

from __future__ import annotations

import json
import random
import tracemalloc
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contractgate_core import Contract, EventDecodeError, Violation
from contractgate_core.engine.compiled import CompiledContract
from contractgate_core.engine.counts import place_of
from contractgate_core.engine.few import Few, breaks
from contractgate_core.events.chunks import CHUNK_BYTES
from contractgate_core.events.decode import decode_event
from contractgate_core.events.encode import sent_value
from contracts import compiled
from pairs import random_contract, random_event

NOW = 1_712_000_100
ITEMS = 30_000
LIST = compiled({"name": "a", "type": "array", "items": {"name": "i", "type": "integer"}})
CLOSED = compiled({"name": "a", "type": "any", "required": False}, compliance_mode=True)
ENVELOPE = Contract.from_yaml(
    "{version: 1, name: c, envelope: {records_path: r}, ontology: {entities: [{name: a, "
    "type: array, items: {name: i, type: integer}}]}}"
).compile()

BROKEN = {"a": ["x"] * ITEMS}
UNDECLARED = {f"k{number}": 1 for number in range(ITEMS)}


def peak_bytes(call: Callable[[], object]) -> int:
    """Measure the most memory that a call takes beyond what there was."""
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.untraced
def test_a_violation_takes_little_memory() -> None:
    """The gateway's whole answer is returned if it is asked for, at some 250 bytes each."""
    assert len(LIST.validate(BROKEN).violations) == ITEMS
    most = ITEMS * 300 + len(BROKEN["a"]) * 16
    assert peak_bytes(lambda: LIST.validate(BROKEN)) < most
    assert peak_bytes(lambda: ENVELOPE.validate_envelope({"r": [BROKEN]})) < most


@pytest.mark.untraced
@pytest.mark.parametrize(("validator", "event"), [(LIST, BROKEN), (CLOSED, UNDECLARED)])
@pytest.mark.parametrize("times", [1, 30])
def test_whether_an_event_is_valid_is_known_with_its_first_violation(
    validator: CompiledContract, event: dict[str, object], times: int
) -> None:
    """So only the value that would be sent is built, the first time or the thirtieth."""
    assert not any(validator.is_valid(event) for _ in range(times))
    sent = peak_bytes(lambda: sent_value(event))
    assert peak_bytes(lambda: validator.is_valid(event)) < sent + 4_000_000


@given(st.integers(min_value=0, max_value=10**9), st.integers(min_value=0, max_value=3))
def test_few_violations_are_the_first_ones_and_the_number_of_the_rest(seed: int, most: int) -> None:
    """For random contracts and events."""
    r = random.Random(seed)
    source = random_contract(r)
    validator = Contract.from_yaml(json.dumps(source)).compile()
    for _ in range(5):
        try:
            value = decode_event(random_event(r, source))
        except EventDecodeError:  # some are no JSON
            continue
        every = validator.judge.exact_violations(value, NOW)
        few = Few(most)
        validator.judge.report_violations(value, NOW, few)
        assert list(few) == every[:most]
        assert few.others == Counter(map(place_of, every[most:]))
        assert bool(few) == bool(every) == breaks(validator.judge.report_violations, value, NOW)


@pytest.mark.untraced
def test_a_scan_keeps_of_a_long_record_what_was_asked_for() -> None:
    """And counts the rest as if it had kept it."""
    long = b'{"a": [' + b'"x",' * (CHUNK_BYTES // 4) + b'"x"]}'
    for data in (long + b'\n{"a": [1]}\n' + long + b"\n", b"[%b,%b]" % (long, long), b"\n" + long):
        with LIST.scan(data) as scan:
            whole = list(scan)
        for failures, most in ((1, 20), (1, None), (None, 0), (0, 20), (None, None)):
            with LIST.scan(data, max_failures=failures, max_violations=most) as scan_of_few:
                found = list(scan_of_few)
            assert scan_of_few.totals.violations == scan.totals.violations
            assert scan_of_few.totals.failed == scan.totals.failed
            for index, (few, every) in enumerate(zip(found, whole)):
                is_shown = failures is None or index < failures
                assert few.violations == every.violations[: most if is_shown else 0]
                others = Counter(map(place_of, every.violations[len(few.violations) :]))
                assert (few.others or Counter()) == others
                assert (few.record, few.line, few.offset) == (
                    every.record,
                    every.line,
                    every.offset,
                )


def test_very_many_fields_are_counted_as_others() -> None:
    """The same whether or not their violations are kept."""
    data = b"".join(
        json.dumps({f"{name}{n}": 1 for n in range(15_000)}).encode() + b"\n" for name in "pq"
    )
    with CLOSED.scan(data) as scan:
        assert sum(len(failed.violations) for failed in scan) == 30_000
    with CLOSED.scan(data, max_failures=1, max_violations=20) as scan_of_few:
        assert [len(failed.violations) for failed in scan_of_few] == [20, 0]
    assert scan_of_few.totals.violations == scan.totals.violations
    assert scan.totals.violations["(other fields)", "undeclared_field"] == 29_000


def test_what_is_counted_together() -> None:
    """The elements of lists, at all levels."""
    kind = LIST.validate({"a": ["x"]}).violations[0].kind
    assert place_of(Violation("a[10].b[2]", "m", kind)) == ("a[].b[]", "type_mismatch")
    assert place_of(Violation("a.b", "m", kind)) == ("a.b", "type_mismatch")
