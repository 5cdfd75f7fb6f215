"""The accept path: one typed decode shows that an event certainly conforms.

The law: in what is accepted here, the exact reader finds nothing. What is not accepted is left to
the lower tiers. The types are made after some events, since their speed depends on the order of
the data's keys, and since they do not pay for a few events.
"""

from __future__ import annotations

from _thread import allocate_lock  # as `threading` takes long to load
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Optional

from contractgate_core.engine.accept.backoff import Backoff
from contractgate_core.engine.accept.interface import (
    Accept,
    Getter,
    LowerTiers,
    Partition,
    Row,
    is_plain,
)
from contractgate_core.errors import EventDecodeError
from contractgate_core.events.decode import decode_event
from contractgate_core.events.reserved import BACKSLASH, DOLLAR

if TYPE_CHECKING:
    from contractgate_core.engine.accept.observed import Observed
    from contractgate_core.engine.accept.plan import Plan
    from contractgate_core.engine.accept.reader import Reader

__all__ = ["Acceptor"]

_FIRST_EVENTS = 16
"""How many events types need at first, and how many are learned from at most each time."""
_MORE_EVENTS = 4
"""How many more events are needed before types are made again; then twice as many, and so on."""
_MOST_ORDER_CHANGES = 8
_CHUNKS_OF_ONE_ORDER = 16
_FAILURES_IN_A_ROW = 8
_LONGEST_CHUNK_BACKOFF = 32
_LONGEST_LINES_BACKOFF = 128
_FEWEST_ACCEPTED = 8
"""Lines are not tried for a while after fewer than one in so many was accepted."""


class _WarmUp:
    """Collects events that passed but were not accepted, until types are made from them."""

    def __init__(self) -> None:
        self._examples: list[object] = []
        self._count = 0
        self._needed = _FIRST_EVENTS
        self._times = 0

    def add(self, event: Any, read: Callable[[Any], object]) -> bool:
        """Add an event; return whether there are enough to make the types."""
        self._count += 1
        # Only the last ones are read and kept, so that their number does not matter.
        if self._count > self._needed - _FIRST_EVENTS:
            self._examples.append(read(event))
        return self._count >= self._needed

    def take(self) -> list[object]:
        """Return the examples, and begin to collect for the next time, which needs more."""
        examples, self._examples = self._examples, []
        self._count, self._needed = 0, _MORE_EVENTS << self._times
        self._times += 1
        return examples


class _NoTiers:
    """Lower tiers that return None for each text that is not accepted."""

    def approximately(self, _: bytes, __: Optional[int]) -> None:
        """Return None."""

    refused = exactly = approximately


def _unchanged(event: object) -> object:
    return event


class Acceptor:
    """Accepts JSON texts of events that certainly conform to one contract.

    Threads may share it: what it learns is replaced as a whole, and a thread that does not see the
    change in time only loses time.

    Args:
        plan: Returns what the contract demands; called when types are made.
        below: Judges the texts that are not accepted.
        bind: Called with the new `accept` each time it changes; None if there is none any more.
        longest_backoff: How many events in a row are not tried, at most, after failures.

    Attributes:
        unique: For each uniqueness rule, the getter of its value from an accepted event; None if
            one cannot be made.
        accept: Accepts one event if it certainly conforms, and otherwise asks the lower tiers. It
            is called with the event's JSON text and the time for freshness rules.
    """

    def __init__(
        self,
        plan: Callable[[], Plan],
        below: Optional[LowerTiers] = None,
        *,
        bind: Callable[[Optional[Accept]], object] = lambda _: None,
        longest_backoff: int = 512,
    ) -> None:
        self._plan = plan
        self._below: LowerTiers = _NoTiers() if below is None else below
        self._bind = bind
        self._is_expressible = True
        self._readers: Optional[tuple[Reader, Reader]] = None
        self._observed: Optional[Observed] = None
        self._warmup = _WarmUp()
        self._making = allocate_lock()
        self._untried_lines = 0
        self._order_changes = 0
        self._chunks_left = 1
        self._longest_backoff = longest_backoff
        self._chunk_backoff = Backoff(1, min(longest_backoff, _LONGEST_CHUNK_BACKOFF))
        self._lines_backoff = Backoff(1, min(longest_backoff, _LONGEST_LINES_BACKOFF))
        self.unique: Optional[Sequence[Getter]] = ()
        self.accept: Accept = _accept_nothing

    def unique_values(self, row: Row) -> Sequence[Any]:
        """Return the values of an accepted event that uniqueness rules compare."""
        return [get(row) for get in self.unique or ()]

    def learn(self, event: Any, read: Callable[[Any], object] = _unchanged) -> None:
        """Learn from an event that passed although it was not accepted.

        Args:
            event: The event, or its text.
            read: Reads the event if it is a text; called only for the few events that are kept.
        """
        if self._untried_lines > 0 and self._readers is not None:
            self._untried_lines -= 1
            return
        if self._is_expressible and self._warmup.add(event, read):
            self.prepare()

    def prepare(self) -> None:
        """Make the types from what was learned so far, unless another thread is making them."""
        if self._making.acquire(blocking=False):
            try:
                self._prepare()
            finally:
                self._making.release()

    def _prepare(self) -> None:
        # Loaded here, since commands that judge only a few events do not need them.
        from contractgate_core.engine.accept.observed import Observed
        from contractgate_core.engine.accept.plan import Inexpressible
        from contractgate_core.engine.accept.reader import Reader, struct_tests
        from contractgate_core.engine.accept.rows import write_accept
        from contractgate_core.engine.accept.unique import unique_getters

        examples = self._warmup.take()
        try:
            plan = self._plan()
            observed = self._observed = self._observed or Observed()
            for event in examples:
                observed.learn(plan.root, event)
            tests, rich_tests = struct_tests(plan.root, observed)
            plain = Reader(plan.root, observed, tests, is_plain=True)
            rich = Reader(plan.root, observed, rich_tests, is_plain=False)
        except (Inexpressible, TypeError, ValueError, NotImplementedError):
            # Some contracts hold what types cannot express; most of them were made in code.
            self._is_expressible = False
        else:
            self.unique = unique_getters(plan)
            self._readers = (plain, rich)
            self.accept = write_accept(
                (tests.place, rich_tests.place),
                (plain.decode, rich.decode),
                Backoff(_FAILURES_IN_A_ROW, self._longest_backoff),
                self._below,
                plain.may_hide,
                _hiding_condition(plain),
            )
            self._bind(self.accept)

    def accept_lines(self, chunk: bytes, now: Optional[int]) -> Partition:
        """Partition the lines of a chunk of NDJSON.

        Args:
            chunk: Whole lines, each with its end.
            now: The time for freshness rules, or None for the system's clock.
        """
        self._watch_order(chunk)
        readers, backoff = self._readers, self._lines_backoff
        if readers is None or backoff.left > 0:
            backoff.left -= 1
            untried = Partition.untried(chunk)
            # Lines that were not tried teach nothing, except before the types are first made.
            self._untried_lines = len(untried.lines)
            return untried
        self._untried_lines = 0
        reader = readers[not is_plain(chunk)]
        rows = self._decoded(reader, chunk)
        partition = reader.partition(chunk, rows, now)
        if len(partition.rows) * _FEWEST_ACCEPTED < len(partition.lines):
            backoff.fail()
        else:
            backoff.failures = 0
        return partition

    def _decoded(self, reader: Reader, chunk: bytes) -> Optional[list[Row]]:
        """Decode a chunk at once; None if that fails, or is skipped since it failed lately."""
        backoff = self._chunk_backoff
        if backoff.left > 0:
            backoff.left -= 1
            return None
        rows = reader.decode_lines(chunk)
        if rows is None:
            backoff.fail()
        else:
            backoff.failures = 0
        return rows

    def accept_array(self, text: bytes, now: Optional[int]) -> Optional[Sequence[Row]]:
        """Decode an array of events; None unless all of them certainly conform."""
        readers = self._readers
        if readers is None:
            return None
        reader = readers[not is_plain(text)]
        rows = reader.decode_array(text)
        return rows if rows is not None and reader.all_conform(rows, text, now) else None

    def _watch_order(self, chunk: bytes) -> None:
        """Forget what was learned if keys come in another order than before."""
        self._chunks_left -= 1
        if self._chunks_left > 0:
            return
        self._chunks_left = _CHUNKS_OF_ONE_ORDER
        observed = self._observed  # Another thread may forget it at any time.
        if observed is None:
            return
        try:
            event = decode_event(chunk[: chunk.index(b"\n")])
        except EventDecodeError:
            return
        is_new = type(event) is dict and not observed.is_in_order(event)
        if is_new and self._order_changes < _MOST_ORDER_CHANGES:
            self._order_changes += 1
            self._warmup, self._observed = _WarmUp(), None
            self._readers, self.accept = None, _accept_nothing
            self._bind(None)


def _hiding_condition(reader: Reader) -> Optional[str]:
    """Return source that is true of each `text` that may hide values; None if none may."""
    if reader.raw_keys:
        return "True"
    return f"({DOLLAR} in text or {BACKSLASH} in text)" if reader.reads_long_keys else None


def _accept_nothing(_: bytes, __: Optional[int]) -> Optional[Row]:
    return None
