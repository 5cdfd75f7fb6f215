"""Everything that an input can come from, as binary files."""

from __future__ import annotations

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from contractgate_core.events.sources import BytesFile, open_source


def test_bytes_are_read_up_to_the_end_of_a_line() -> None:
    """Or partly, if a line is longer than what is asked for."""
    file = BytesFile(b"ab\ncd\nefghij\nk")
    assert [file.read(7) for _ in range(4)] == [b"ab\ncd\n", b"efghij\n", b"k", b""]
    file = BytesFile(b"abcd\nef\n")
    assert [file.read(3) for _ in range(5)] == [b"abc", b"d\n", b"ef\n", b"", b""]


@given(st.lists(st.sampled_from([b"a", b"bc", b"\n"])).map(b"".join), st.integers(1, 9))
def test_all_bytes_are_read(data: bytes, size: int) -> None:
    """However much is asked for at a time."""
    file = BytesFile(data)
    pieces = list(iter(lambda: file.read(size), b""))
    assert b"".join(pieces) == data
    assert all(len(piece) <= size for piece in pieces)


def test_a_large_chunk_is_not_copied_for_each_piece_that_is_read_of_it() -> None:
    """Otherwise the time to read it would grow with the square of its size."""
    file, _ = open_source([b"x" * 2**22])
    assert file.read(3) == b"xxx"
    tracemalloc.start()
    try:
        assert file.read(3) == b"xxx"
        assert tracemalloc.get_traced_memory()[1] < 2**16
    finally:
        tracemalloc.stop()
