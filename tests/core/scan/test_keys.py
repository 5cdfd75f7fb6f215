"""The memory of uniqueness rules: exact, and bounded."""

from __future__ import annotations

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from contractgate_core.engine.keys import FewKeys, ManyKeys


@given(st.lists(st.text(max_size=3)), st.sampled_from([0, 300, 10**9]))
def test_a_key_is_new_once(keys: list[str], most_bytes: int) -> None:
    """In memory and in the file alike."""
    many, few = ManyKeys(most_bytes), FewKeys()
    seen: set[str] = set()
    for key in keys:
        assert many.add(key) == few.add(key) == (key not in seen)
        seen.add(key)
    many.close()
    few.close()


def test_many_keys_take_little_memory() -> None:
    """Beyond the limit they are in a file; none is forgotten."""
    tracemalloc.start()
    keys = ManyKeys(2**16)
    assert all(keys.add(f"key {number}") for number in range(20_000))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2**20
    assert not any(keys.add(f"key {number}") for number in range(0, 20_000, 7))
    keys.close()
