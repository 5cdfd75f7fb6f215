"""YAML text as nodes with positions: a parser's events in flat, parallel lists.

As in the gateway's reader, a node is a number, and what is in it follows it. An alias is the
number of the node that it means, so nothing is ever copied, and nothing nests.

Source: docs/spec/contract-format.md, section 1.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from types import ModuleType
from typing import Any, Optional

from contractgate_core.contract.parser import (
    TOO_DEEP,
    NextEvent,
    most_levels_of,
    parse_events,
    refuse_at_mark,
)

__all__ = ["ALIAS", "LITERAL", "MAPPING", "PLAIN", "SEQUENCE", "Nodes", "parse_nodes"]

# Of scalars there are three kinds, since their style decides what they may mean.
PLAIN, LITERAL, QUOTED, ALIAS, SEQUENCE, MAPPING, END = range(7)

MOST_FLOW_LEVELS = 2_000
"""A parser's time grows with the square of these; no contract that is read has more than 128."""

LONGEST_TAG = 100
"""Longer than any tag that means something here."""

_KIND_BY_STYLE = {None: PLAIN, "": PLAIN, "|": LITERAL, ">": QUOTED, "'": QUOTED, '"': QUOTED}


class Nodes:
    """The nodes of one YAML document, by number in the order of the text; the root is 0.

    Attributes:
        kinds: What each is. `END` is no node but closes a list or a mapping.
        texts: The text of each scalar.
        lines: The line of each, from 0.
        columns: The column of each, from 0.
        ends: The number that follows each list or mapping and all that is in it.
        tags: The full tag of each node that has one, but no more than its beginning if it is
            longer than any tag that means something.
        targets: The node that each alias means.
        shared: The nodes that some alias means.
    """

    def __init__(self) -> None:
        self.kinds = bytearray()
        self.texts: list[str] = []
        self.lines = array("i")
        self.columns = array("i")
        self.ends: dict[int, int] = {}
        self.tags: dict[int, str] = {}
        self.targets: dict[int, int] = {}
        self.shared: frozenset[int] = frozenset()

    def __len__(self) -> int:
        return len(self.kinds)

    def after(self, node: int) -> int:
        """Give the number that follows the node and all that is in it."""
        return self.ends[node] if self.kinds[node] >= SEQUENCE else node + 1

    def resolve(self, node: int) -> int:
        """Follow an alias; any other node is itself."""
        return self.targets[node] if self.kinds[node] == ALIAS else node

    def place(self, node: int) -> tuple[int, int]:
        """Tell the line and the column of a node, both from 1."""
        return self.lines[node] + 1, self.columns[node] + 1

    def element(self, node: int, index: int) -> Optional[int]:
        """Find an element of a list; None if there is none, or no list."""
        child, end = node + 1, self.after(node) - 1
        while child < end and index > 0 and self.kinds[node] == SEQUENCE:
            child, index = self.after(child), index - 1
        return child if child < end and self.kinds[node] == SEQUENCE else None

    def value(self, node: int, *keys: str) -> Optional[int]:
        """Find the value of the first of some keys; None if there is none, or no mapping."""
        child, end = node + 1, self.after(node) - 1
        while child < end and self.kinds[node] == MAPPING:
            value = self.after(child)
            if self.texts[self.resolve(child)] in keys:
                return value
            child = self.after(value)
        return None


class _Anchors:
    """The names of nodes, and what they mean, by the gateway's rule.

    An anchor's id is the number of distinct names before it, and what an id means is looked up
    when the document is read. So a name that follows a repeated one shares its id.
    """

    def __init__(self) -> None:
        self._ids: dict[str, int] = {}
        self._nodes: dict[int, int] = {}
        self._uses: dict[int, int] = {}

    def name(self, anchor: str, node: int) -> None:
        """Give a node a name."""
        number = len(self._ids)
        self._ids[anchor] = number
        self._nodes[number] = node

    def use(self, anchor: str, alias: int) -> bool:
        """Note that an alias uses a name; tell whether anything has it yet."""
        if anchor not in self._ids:
            return False
        self._uses[alias] = self._ids[anchor]
        return True

    def targets(self) -> dict[int, int]:
        """Look up the node that each alias means, now that all are known."""
        return {alias: self._nodes[number] for alias, number in self._uses.items()}


class _Builder:
    """Makes nodes of one text's events.

    Args:
        next_event: Gives the parser's next event.
        events: The module of the events' types.
        most_levels: How many lists and mappings may be within each other.
    """

    def __init__(self, next_event: NextEvent, events: ModuleType, most_levels: float) -> None:
        self.nodes = Nodes()
        self._next_event = next_event
        self._most_levels = most_levels
        self._scalar = events.ScalarEvent
        self._ends = (events.SequenceEndEvent, events.MappingEndEvent)
        self._kinds = {
            events.SequenceStartEvent: SEQUENCE,
            events.MappingStartEvent: MAPPING,
            events.AliasEvent: ALIAS,
        }
        self._actions: dict[type[Any], Callable[[Any], None]] = {
            events.SequenceStartEvent: self._begin,
            events.MappingStartEvent: self._begin,
            events.AliasEvent: self._alias,
            events.DocumentStartEvent: self._document,
            events.DocumentEndEvent: _ignore,
            events.StreamStartEvent: _ignore,
        }
        self._stream_end = events.StreamEndEvent
        self._anchors = _Anchors()
        self._open: list[int] = []
        self._block_levels = 0
        self._documents = 0

    def build(self) -> Nodes:
        """Take all events.

        Raises:
            ContractCompileError: There is a second document, an alias of nothing, or too many
                levels.
        """
        nodes = self.nodes
        self._take_events()
        nodes.targets = self._anchors.targets()
        nodes.shared = frozenset(nodes.targets.values())
        return nodes

    def _take_events(self) -> None:
        # All in locals: it is the loop that a hostile text keeps busy.
        nodes, kinds, actions = self.nodes, self._kinds, self._actions
        next_event, scalar, sequence_end, mapping_end = self._next_event, self._scalar, *self._ends
        add_kind, add_text = nodes.kinds.append, nodes.texts.append
        add_line, add_column = nodes.lines.append, nodes.columns.append
        ends, close = nodes.ends, self._open.pop
        while True:
            event = next_event()
            event_type, text = event.__class__, ""
            # There may be a million scalars and ends: no call for each.
            if event_type is scalar:
                if event.anchor is not None or event.tag is not None:
                    self._name(event)
                kind, text = _KIND_BY_STYLE[event.style], event.value
            elif event_type is sequence_end or event_type is mapping_end:
                kind = END
                ends[close()] = len(nodes.kinds) + 1
            elif event_type is self._stream_end:
                return
            else:
                actions[event_type](event)
                if event_type not in kinds:
                    continue
                kind = kinds[event_type]
            add_kind(kind)
            add_text(text)
            mark = event.start_mark
            add_line(mark.line)
            add_column(mark.column)

    def _document(self, event: Any) -> None:
        self._documents += 1
        if self._documents > 1:
            refuse_at_mark("expected one document, got a second one", event.start_mark)

    def _alias(self, event: Any) -> None:
        if not self._anchors.use(event.anchor, len(self.nodes)):
            message = f"expected an anchor that stands before its alias, got `*{event.anchor:.60}`"
            refuse_at_mark(message, event.start_mark)

    def _begin(self, event: Any) -> None:
        if event.anchor is not None or event.tag is not None:
            self._name(event)
        self._open.append(len(self.nodes.kinds))
        levels = len(self._open)
        if levels > self._most_levels:
            refuse_at_mark(TOO_DEEP, event.start_mark)
        if not event.flow_style:
            self._block_levels = levels
            return
        # Nothing in flow style holds anything in block style.
        if levels <= self._block_levels:
            self._block_levels = levels - 1
        if levels - self._block_levels > MOST_FLOW_LEVELS:
            message = f"expected at most {MOST_FLOW_LEVELS:,} levels of [ and {{, got more"
            refuse_at_mark(message, event.start_mark)

    def _name(self, event: Any) -> None:
        """Keep the anchor and the tag of the node that is about to be added."""
        node = len(self.nodes)
        if event.anchor is not None:
            self._anchors.name(event.anchor, node)
        if event.tag is not None:
            # A short `%TAG` may stand for a long text, and each use of it makes a copy.
            self.nodes.tags[node] = event.tag[:LONGEST_TAG]


def _ignore(event: Any) -> None:
    """Make nothing of an event."""


def parse_nodes(text: str) -> Nodes:
    """Parse YAML text.

    Raises:
        ContractCompileError: It is not one well-formed document, or too deep.
    """
    most_levels = most_levels_of(text)
    return parse_events(
        text, lambda next_event, events: _Builder(next_event, events, most_levels).build()
    )
