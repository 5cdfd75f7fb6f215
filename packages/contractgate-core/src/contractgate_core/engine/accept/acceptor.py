"""The accept path: one typed decode tells that an event certainly conforms.

The law: in what is accepted here the exact reader finds nothing. What is not accepted is not
judged; the exact reader has to. The types are made when some events have been seen, since their
speed depends on the order of the data's keys, and a few events are not worth them.
"""

from __future__ import annotations

from _thread import allocate_lock  # as `threading` takes long to load
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Optional

from contractgate_core.engine.accept.backoff import Backoff
from contractgate_core.engine.accept.interface import Accept, Below, Getter, Partition, Row
from contractgate_core.errors import EventDecodeError
from contractgate_core.events.decode import decode_event
from contractgate_core.events.reserved import BACKSLASH, DOLLAR

if TYPE_CHECKING:
    from contractgate_core.engine.accept.observed import Observed
    from contractgate_core.engine.accept.plan import Plan
    from contractgate_core.engine.accept.reader import Reader

__all__ = ["Acceptor"]

_LESSONS = 16
"""So many events are needed before types are made, and at most so many are looked at each time."""
_LESSONS_MORE = 4
"""So many more are needed before they are made anew; then twice as many, and so on."""
_MOST_ORDERS = 8
_CHUNKS_OF_ONE_ORDER = 16
_FAILURES_IN_A_ROW = 8
_LONGEST_CHUNK_BACKOFF = 32
_LONGEST_LINES_BACKOFF = 128
_FEWEST_ACCEPTED = 8
"""Lines are not tried for a while when fewer than one in so many was accepted."""


class _Warmup:
    """The events that passed although they were not accepted, until the types are made anew."""

    def __init__(self) -> None:
        self._examples: list[object] = []
        self._count = 0
        self._needed = _LESSONS
        self._times = 0

    def are_enough_with(self, event: Any, read: Callable[[Any], object]) -> bool:
        """Take in one more; tell whether it is worth it to make the types now."""
        self._count += 1
        # The last ones alone are read and kept, so that their number does not matter.
        if self._count > self._needed - _LESSONS:
            self._examples.append(read(event))
        return self._count >= self._needed

    def take(self) -> list[object]:
        """Give the examples that there are; more will be needed the next time."""
        examples, self._examples = self._examples, []
        self._count, self._needed = 0, _LESSONS_MORE << self._times
        self._times += 1
        return examples


class _Nothing:
    """Tiers that give None: nobody is asked about what is not accepted."""

    def __init__(self) -> None:
        self.approximately: Callable[..., Any] = _never

    def exactly(self, _: bytes, __: Optional[int]) -> None:
        """Give None."""


def _as_it_is(event: object) -> object:
    return event


class Acceptor:
    """Accepts events of one contract in JSON texts.

    Threads may share it: what it learns is replaced as a whole, and what one thread does not see
    in time costs it time and nothing else.

    Args:
        plan: Tells what the contract demands; called once it is worth it.
        below: Judges texts that are not accepted.
        bind: Told what accepts texts each time that it changes; None if it is to be used no more.
        longest_backoff: So many events in a row are not even tried after others were not accepted.

    Attributes:
        unique: For each uniqueness rule, what gets its value from an accepted event; None if that
            cannot be had.
        accept: Accepts one event if it certainly conforms, else asks the tiers below. It is called
            with the event's JSON text and the time for freshness rules.
    """

    def __init__(
        self,
        plan: Callable[[], Plan],
        below: Optional[Below] = None,
        *,
        bind: Callable[[Optional[Accept]], object] = lambda _: None,
        longest_backoff: int = 512,
    ) -> None:
        self._plan = plan
        self._below: Below = _Nothing() if below is None else below
        self._bind = bind
        self._is_expressible = True
        self._readers: Optional[tuple[Reader, Reader]] = None
        self._observed: Optional[Observed] = None
        self._warmup = _Warmup()
        self._making = allocate_lock()
        self._untried = 0
        self._orders = 0
        self._chunks_left = 1
        self._longest_backoff = longest_backoff
        self._chunk_backoff = Backoff(1, min(longest_backoff, _LONGEST_CHUNK_BACKOFF))
        self._lines_backoff = Backoff(1, min(longest_backoff, _LONGEST_LINES_BACKOFF))
        self.unique: Optional[Sequence[Getter]] = ()
        self.accept: Accept = _never

    def unique_values(self, row: Row) -> Sequence[Any]:
        """Get the values that uniqueness rules compare from an accepted event."""
        return [get(row) for get in self.unique or ()]

    def learn(self, event: Any, read: Callable[[Any], object] = _as_it_is) -> None:
        """Take in an event that passed, although it was not accepted.

        Args:
            event: The event.
            read: Reads it first if it is a text; most events teach nothing, and are not read.
        """
        if self._untried > 0 and self._readers is not None:
            self._untried -= 1
            return
        if self._is_expressible and self._warmup.are_enough_with(event, read):
            self.prepare()

    def prepare(self) -> None:
        """Make the types from what was learnt so far; not while another thread does."""
        if self._making.acquire(blocking=False):
            try:
                self._prepare()
            finally:
                self._making.release()

    def _prepare(self) -> None:
        # Loaded here, since a few events, such as the command line often has, do not need them.
        from contractgate_core.engine.accept.observed import Observed
        from contractgate_core.engine.accept.plan import Inexpressible
        from contractgate_core.engine.accept.reader import Reader, tests_of
        from contractgate_core.engine.accept.rows import write_accept
        from contractgate_core.engine.accept.unique import unique_getters

        examples = self._warmup.take()
        try:
            plan = self._plan()
            observed = self._observed = self._observed or Observed()
            for event in examples:
                observed.learn(plan.root, event)
            tests, rich_tests = tests_of(plan.root, observed)
            plain = Reader(plan.root, observed, tests, is_plain=True)
            rich = Reader(plan.root, observed, rich_tests, is_plain=False)
        except (Inexpressible, TypeError, ValueError, NotImplementedError):
            # Some contracts hold what cannot be in a type, most of them only if made in code.
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
                _where_to_look(plain),
            )
            self._bind(self.accept)

    def accept_lines(self, chunk: bytes, now: Optional[int]) -> Partition:
        """Decode a chunk of NDJSON.

        Args:
            chunk: Whole lines, each with its end.
            now: The time for freshness rules, or None for the system's clock.
        """
        self._watch_order(chunk)
        readers, backoff = self._readers, self._lines_backoff
        if readers is None or backoff.left > 0:
            backoff.left -= 1
            untried = Partition.untried(chunk)
            # That these are not accepted teaches nothing, but to make the types at all.
            self._untried = len(untried.lines)
            return untried
        self._untried = 0
        reader = readers[not _is_plain(chunk)]
        rows = self._decoded(reader, chunk)
        partition = reader.partition(chunk, rows, now)
        if len(partition.rows) * _FEWEST_ACCEPTED < len(partition.lines):
            backoff.fail()
        else:
            backoff.failures = 0
        return partition

    def _decoded(self, reader: Reader, chunk: bytes) -> Optional[list[Row]]:
        """Decode a chunk at once, unless that has not been worth it lately."""
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
        """Decode an array of events if all of them certainly conform, else give None."""
        readers = self._readers
        if readers is None:
            return None
        reader = readers[not _is_plain(text)]
        rows = reader.decode_array(text)
        return rows if rows is not None and reader.hold(rows, text, now) else None

    def _watch_order(self, chunk: bytes) -> None:
        """Begin to learn anew when the keys come in another order than before."""
        self._chunks_left -= 1
        if self._chunks_left > 0:
            return
        self._chunks_left = _CHUNKS_OF_ONE_ORDER
        observed = self._observed  # which another thread may forget meanwhile
        if observed is None:
            return
        try:
            event = decode_event(chunk[: chunk.index(b"\n")])
        except EventDecodeError:
            return
        is_new = type(event) is dict and not observed.is_in_order(event)
        if is_new and self._orders < _MOST_ORDERS:
            self._orders += 1
            self._warmup, self._observed = _Warmup(), None
            self._readers, self.accept = None, _never
            self._bind(None)


def _where_to_look(reader: Reader) -> Optional[str]:
    """Write of which texts one has to ask what may hide in them; None if of none."""
    if reader.raw_keys:
        return "True"
    return f"({DOLLAR} in text or {BACKSLASH} in text)" if reader.reads_long_keys else None


def _never(_: bytes, __: Optional[int]) -> Optional[Row]:
    return None


def _is_plain(text: bytes) -> bool:
    return text.isascii() and ord("\\") not in text
