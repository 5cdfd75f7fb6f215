"""A tree as a deterministic automaton, built while it reads, and always linear in the text.

States are made when a text first needs them, and all are dropped when they take too much room.
Making one costs no more than the length of the pattern, so even a text that needs a new state at
every character is read in linear time, as in a plain simulation of the `Nfa`.

The counters of `Count` states are not part of a state. They are queues of the positions at which
counting began, one queue per counter, and belong to each search. All entries of a queue count the
same characters, so a step costs the same however long the queue is (a counting-set automaton:
Turoňová, Holík and others, "Regex Matching with Counting-Set Automata", OOPSLA 2020).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Optional, Union, final

from contractgate_core.regex import nfa as thompson
from contractgate_core.regex.automaton_alphabet import Alphabet
from contractgate_core.regex.automaton_looks import EDGE, flags_read, holds, sets_read
from contractgate_core.regex.automaton_pool import Pool
from contractgate_core.regex.nfa import Assertion, Count, Nfa, Split, Step, build
from contractgate_core.regex.tree import LookKind, Node

__all__ = ["MOST_ROOM", "Automaton", "compile_automaton"]

MOST_ROOM = 200_000
"""How much is kept: one for each entry of a state's set and of its table."""

_POOL = Pool()

_END = -1
"""The symbol that is read after the last character."""

_Queues = list["deque[int]"]
_Next = Union["_State", "_Fork"]
_Key = tuple[frozenset[thompson.State], frozenset[Count], int]


class _State(dict[int, "_Next"]):
    """A state of the automaton: after one character of a text, or before the first.

    As a mapping, it is the table from the next symbol to what follows.

    Attributes:
        reached: The states of the `Nfa` that have been reached, except those behind assertions.
        counting: The counters that are running.
        before: The flags of the previous character that the assertions in `reached` depend on.
    """

    __slots__ = ("_automaton", "before", "counting", "reached")

    def __init__(self, automaton: Automaton, key: _Key) -> None:
        super().__init__()
        self._automaton = automaton
        self.reached, self.counting, self.before = key

    def __missing__(self, symbol: int) -> _Next:
        follower = self[symbol] = self._automaton._follow(self, symbol)
        return follower


@final
class _Fork:
    """A step whose outcome depends on counters.

    Attributes:
        after: The states of the `Nfa` that follow in any case.
        begins: The counters that start here.
        joins: The running counters that count from here as well.
        goes_on: The running counters.
        before: The flags of the character that was read.
    """

    __slots__ = ("_automaton", "_outcomes", "after", "before", "begins", "goes_on", "joins")

    def __init__(
        self,
        automaton: Automaton,
        before: int,
        after: frozenset[thompson.State],
        entered: frozenset[Count],
        running: frozenset[Count],
    ) -> None:
        self._automaton = automaton
        self._outcomes: dict[tuple[bool, ...], _State] = {}
        self.before = before
        self.after = after
        self.begins = tuple(entered - running)
        # Without an upper bound the first entry is never overtaken, and is the only one to watch.
        self.joins = tuple(count for count in entered & running if count.high is not None)
        self.goes_on = tuple(running)

    def decide(self, position: int, queues: _Queues) -> _State:
        """Count the character at a position and return the state that follows."""
        for count in self.begins:
            queues[count.index] = deque((position,))
        for count in self.joins:
            queues[count.index].append(position)
        outcome = []
        for count in self.goes_on:
            queue = queues[count.index]
            if count.high is not None and position - queue[0] >= count.high:
                # No two entries began at the same position, so there is no second full one.
                queue.popleft()
            outcome.append(bool(queue))
            outcome.append(bool(queue) and position - queue[0] + 1 >= count.low)
        key = tuple(outcome)
        state = self._outcomes.get(key)
        if state is None:
            self._automaton._make_room(1 + len(key))
            state = self._outcomes[key] = self._state(key)
        return state

    def _state(self, outcome: tuple[bool, ...]) -> _State:
        runs = set(self.begins)
        after = set(self.after)
        after.update(count.then for count in self.begins if count.low == 1)
        for count, is_running, is_enough in zip(self.goes_on, outcome[::2], outcome[1::2]):
            if is_running:
                runs.add(count)
            if is_enough:
                after.add(count.then)
        return self._automaton._state(after, frozenset(runs), self.before)


class Automaton:
    """A pattern that reads any text in linear time; threads may share it.

    What it remembers of earlier texts makes it faster, but changes no answer.
    """

    __slots__ = (
        "__weakref__",
        "_accept",
        "_alphabet",
        "_dead",
        "_first",
        "_flags",
        "_holding",
        "_most_room",
        "_nfa",
        "_restart",
        "_room",
        "_states",
        "_work",
    )

    def __init__(self, nfa: Nfa, *, most_room: int = MOST_ROOM) -> None:
        self._nfa = nfa
        self._most_room = most_room
        self._room = 0
        self._work = 0
        self._states: dict[_Key, _State] = {}
        self._first: Optional[_State] = None
        self._holding: dict[tuple[int, int], frozenset[LookKind]] = {}
        nowhere: _Key = (frozenset(), frozenset(), 0)
        self._accept = _State(self, nowhere)
        self._dead = _State(self, nowhere)
        self._read_alphabet()
        _POOL.join(self)
        # If every match begins at the start of the text, the search need not start again later.
        elsewhere = self._reach((nfa.start,), frozenset(set(LookKind) - {LookKind.TEXT_START}))
        is_anchored = all(isinstance(state, Assertion) for state in elsewhere)
        self._restart: tuple[thompson.State, ...] = () if is_anchored else (nfa.start,)

    def _read_alphabet(self) -> None:
        flags = 0
        for kind in self._nfa.looks:
            flags |= flags_read(kind)
        asked = sets_read(flags)
        sets = self._nfa.sets
        self._alphabet = Alphabet([*sets, *asked.values()], self._make_room)
        self._flags = dict.fromkeys(range(self._alphabet.size), 0)
        self._flags[_END] = EDGE
        for symbol, around in enumerate(self._alphabet.sets):
            for index, flag in enumerate(asked, len(sets)):
                if around >> index & 1:
                    self._flags[symbol] |= flag

    @property
    def work(self) -> int:
        """The cost of building states so far, in visits to states of the `Nfa`.

        Together with the length of the texts read, it measures all effort without a clock.
        """
        return self._work

    @property
    def room(self) -> int:
        """How much is remembered, in entries of sets and tables."""
        return self._room

    def search(self, text: str) -> bool:
        """Return whether the pattern matches anywhere in a text."""
        accept, dead, symbols = self._accept, self._dead, self._alphabet
        state = self._start()
        if state is accept:
            return True
        queues: _Queues = [deque()] * self._nfa.counters
        for position, char in enumerate(text):
            follower = state[symbols[char]]
            state = follower.decide(position, queues) if type(follower) is _Fork else follower
            if state is accept:
                return True
            if state is dead:
                return False
        return state[_END] is accept

    def _start(self) -> _State:
        first = self._first
        if first is None:
            first = self._first = self._state({self._nfa.start}, frozenset(), EDGE)
        return first

    def _follow(self, state: _State, symbol: int) -> _Next:
        """Find what follows a state when a symbol is read."""
        self._make_room(1)
        after = self._flags[symbol]
        reached = state.reached
        if self._nfa.looks and any(isinstance(s, Assertion) for s in reached):
            reached = self._reach(reached, self._holding_between(state.before, after))
        if self._nfa.match in reached:
            return self._accept
        if symbol == _END:
            return self._dead
        return self._step(reached, state.counting, symbol)

    def _step(
        self, reached: frozenset[thompson.State], counting: frozenset[Count], symbol: int
    ) -> _Next:
        self._work += len(reached) + len(counting)
        around, flags = self._alphabet.sets[symbol], self._flags[symbol]
        after: set[thompson.State] = set()
        entered = []
        for state in reached:
            if isinstance(state, Step):
                if around >> state.set_id & 1:
                    after.add(state.then)
            elif isinstance(state, Count) and around >> state.set_id & 1:
                entered.append(state)
        running = [count for count in counting if around >> count.set_id & 1]
        if entered or running:
            self._make_room(len(after) + len(entered) + len(running))
            return _Fork(self, flags, frozenset(after), frozenset(entered), frozenset(running))
        return self._state(after, frozenset(), flags)

    def _state(self, after: set[thompson.State], counting: frozenset[Count], before: int) -> _State:
        """Return the state in which these states of the `Nfa` come next; make it if it is new."""
        after.update(self._restart)
        reached = self._reach(after, frozenset())
        if self._nfa.match in reached:
            return self._accept
        if not reached and not counting:
            return self._dead
        is_looking = any(isinstance(state, Assertion) for state in reached)
        key = (reached, counting, before if is_looking else 0)
        state = self._states.get(key)
        if state is None:
            self._make_room(len(reached) + len(counting))
            state = self._states[key] = _State(self, key)
        return state

    def _make_room(self, needed: int) -> None:
        if self._room + needed > self._most_room:
            self.forget()
        self._room += needed
        _POOL.take(needed)

    def forget(self) -> None:
        """Forget everything learned from earlier texts; searches continue from where they are."""
        states, self._states = self._states, {}
        self._first = None
        self._room = 0
        self._alphabet.clear()
        self._holding.clear()
        # States refer to each other as followers. One that is in use finds its followers again.
        for state in list(states.values()):
            state.clear()

    def _holding_between(self, before: int, after: int) -> frozenset[LookKind]:
        kinds = self._holding.get((before, after))
        if kinds is None:
            kinds = frozenset(kind for kind in self._nfa.looks if holds(kind, before, after))
            self._holding[before, after] = kinds
        return kinds

    def _reach(
        self, seeds: Iterable[thompson.State], holding: frozenset[LookKind]
    ) -> frozenset[thompson.State]:
        """Go on from some states without reading, through the assertions that hold."""
        seen: set[thompson.State] = set()
        waiting = list(seeds)
        while waiting:
            state = waiting.pop()
            if state in seen:
                continue
            seen.add(state)
            if isinstance(state, Split):
                waiting.extend(state.targets)
            elif isinstance(state, Assertion) and state.kind in holding:
                waiting.append(state.then)
        self._work += len(seen)
        return frozenset(state for state in seen if not isinstance(state, Split))


def compile_automaton(node: Node, *, most_room: int = MOST_ROOM) -> Automaton:
    """Compile a tree that `size.check_size` has accepted.

    Args:
        node: The tree.
        most_room: How much is remembered between texts, in entries of sets and tables.
    """
    return Automaton(build(node), most_room=most_room)
