"""The messages between a worker and its parent."""

from __future__ import annotations

import os
import pickle
from collections import Counter
from collections.abc import Iterator
from io import FileIO

import pytest

from contractgate_core import EventDecodeError, Violation, ViolationKind
from contractgate_core.engine.few import Few
from contractgate_core.results import with_safe_message
from contractgate_core.scan.pipes import has_data
from contractgate_core.scan.verdicts import Verdict
from contractgate_core.scan.wire import Ended, packed, receive, send, unpacked


@pytest.fixture
def pipe() -> Iterator[tuple[FileIO, FileIO]]:
    """Make a pipe without buffers: its reading end and its writing end."""
    reading, writing = os.pipe()
    with FileIO(reading, "r") as readable, FileIO(writing, "w") as writable:
        yield readable, writable


def violation(field: str) -> Violation:
    found = Violation(field, f"{field} holds SECRET", ViolationKind.TYPE_MISMATCH)
    return with_safe_message(found, f"{field} holds ***")


def test_a_verdict_arrives_as_it_was_and_is_placed() -> None:
    """Including masks, the order of violations and the places of errors."""
    first, second = violation("a"), violation("b")
    verdict = Verdict(
        records=5,
        lines=6,
        size=70,
        is_last=True,
        failing=[1, 3, 4],
        at_lines=[1, 4, 5],
        at_bytes=[0, 30, 50],
        violations=[[first, second], [], [second]],
        errors={1: EventDecodeError("bad", line=4, column=7, offset=36)},
    )
    message = pickle.loads(pickle.dumps(packed(verdict)))
    assert str(message).count("SECRET") == 2  # however often each was found
    arrived = unpacked(message)
    assert arrived[:-1] == verdict[:-1]
    placed = arrived.placed(records=10, lines=20, size=100)
    assert [(one.record, one.line, one.offset) for one in placed] == [
        (11, 21, 100),
        (13, 24, 130),
        (14, 25, 150),
    ]
    assert [one.violations for one in placed] == [[first, second], [], [second]]
    assert [one.safe_message for one in placed[0].violations] == ["a holds ***", "b holds ***"]
    assert str(placed[1].error) == "bad (line 24, column 7, byte 136)"
    assert (placed[0].error, placed[2].error) == (None, None)


def test_of_two_messages_one_is_read_at_a_time(pipe: tuple[FileIO, FileIO]) -> None:
    """Looking at the pipe still shows the second one."""
    readable, writable = pipe
    assert not has_data(readable)
    send(writable, "first")
    send(writable, ["second"])
    for expected in ("first", ["second"]):
        assert has_data(readable)
        assert receive(readable) == expected
    assert not has_data(readable)


@pytest.mark.parametrize("written", [b"", b"\0\0\0", (9).to_bytes(8, "big") + b"half"])
def test_a_message_that_ends_before_its_time_is_told(
    pipe: tuple[FileIO, FileIO], written: bytes
) -> None:
    """Looking at the pipe does not fail."""
    readable, writable = pipe
    writable.write(written)
    writable.close()
    assert has_data(readable) == bool(written)
    with pytest.raises(Ended):
        receive(readable)


def test_what_was_not_kept_arrives_as_its_number() -> None:
    """For a record with more violations than are shown."""
    others = Counter({("items[]", "type_mismatch"): 5})
    kept = [violation("a")]
    verdict = Verdict(2, 2, 9, True, [1, 2], [1, 2], [0, 5], [Few.of(kept, others), kept], {})
    again = unpacked(pickle.loads(pickle.dumps(packed(verdict))))
    assert again == verdict
    assert [failed.others for failed in again.placed(0, 0, 0)] == [others, None]
