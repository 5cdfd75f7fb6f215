"""Freshness rules on timestamps of accepted events: many at once, and one."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from contractgate_core.engine.accept.moments import fresh_spans, is_fresh
from contractgate_core.engine.rules import MILLISECONDS_FROM

FROM = MILLISECONDS_FROM
AROUND = [0, FROM // 1000, FROM, 1_800_000_000, 1_800_000_000_000, 2**62, 2**63, -(2**62)]

integers = st.builds(int.__add__, st.sampled_from(AROUND), st.integers(-3, 3)) | st.integers(
    -(2**64), 2**64
)


@example(10, 1_800_000_000_999, 1_800_000_000)
@example(10, 1_800_000_001_000, 1_800_000_000)
@example(FROM, FROM, FROM + 5)
@example(FROM, FROM + 1, FROM + 5)
@given(integers, integers, integers)
def test_what_is_fresh_lies_in_the_spans(max_age: int, value: int, now: int) -> None:
    """In seconds or milliseconds; where nothing is certain they are empty."""
    spans = fresh_spans(max_age, now)
    in_seconds = spans.first_second <= value <= spans.last_second
    in_milliseconds = spans.first_millisecond <= value <= spans.last_millisecond
    assert (in_seconds or in_milliseconds) == is_fresh(max_age, value, now)
