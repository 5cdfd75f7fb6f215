"""YAML text as nodes with positions: a parser's events in flat, parallel lists.

As in the gateway's reader, a node is a number, and the nodes inside it follow it. An alias is the
number of the node that it refers to, so nothing is ever copied, and nothing nests.

Source: docs/spec/contract-format.md, section 1.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from types import ModuleType
from typing import Any, Optional

from contractgate_core.contract.parser import (
    MOST_LEVELS,
    TOO_DEEP,
    NextEvent,
    most_levels_of,
    parse_events,
    place_of,
    refuse_at_mark,
)

__all__ = ["ALIAS", "LITERAL", "MAPPING", "PLAIN", "SEQUENCE", "Nodes", "parse_nodes"]

# Scalars are of three kinds, since their style decides what they may mean.
PLAIN, LITERAL, QUOTED, ALIAS, SEQUENCE, MAPPING = range(6)

MOST_FLOW_LEVELS = 2_000
"""Parsing time grows with the square of these; no contract that is read has more than 128."""

LONGEST_TAG = 100
"""Longer than any tag with a meaning here."""

_KIND_BY_STYLE = {None: PLAIN, "": PLAIN, "|": LITERAL, ">": QUOTED, "'": QUOTED, '"': QUOTED}


class Nodes:
    """The nodes of one YAML document, numbered in the order of the text; the root is 0.

    Args:
        text: The text of the document.

    Attributes:
        kinds: The kind of each node.
        texts: The text of each scalar.
        indices: How many characters of the text come before each node.
        ends: The number after each list or mapping and everything in it.
        tags: The full tag of each node that has one; only its beginning if it is longer than any
            tag with a meaning.
        targets: The node that each alias refers to.
        shared: The nodes that aliases refer to.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self.kinds = bytearray()
        self.texts: list[str] = []
        self.indices = array("i")
        self.ends: dict[int, int] = {}
        self.tags: dict[int, str] = {}
        self.targets: dict[int, int] = {}
        self.shared: frozenset[int] = frozenset()

    def __len__(self) -> int:
        return len(self.kinds)

    @property
    def events(self) -> int:
        """The number of events that made the nodes: two per list or mapping, one per other node."""
        return len(self.kinds) + len(self.ends)

    def after(self, node: int) -> int:
        """Return the number after the node and everything in it."""
        return self.ends[node] if self.kinds[node] >= SEQUENCE else node + 1

    def resolve(self, node: int) -> int:
        """Follow an alias; return any other node itself."""
        return self.targets[node] if self.kinds[node] == ALIAS else node

    def place(self, node: int) -> tuple[int, int]:
        """Return the line and the column of a node, both from 1."""
        return place_of(self._text, self.indices[node])

    def places(self, nodes: Iterable[int]) -> dict[int, tuple[int, int]]:
        """Tell what `place` does of each of some nodes, in one walk through the text."""
        places: dict[int, tuple[int, int]] = {}
        line, column, start = 1, 1, 0
        for node in sorted(set(nodes), key=self.indices.__getitem__):
            end = self.indices[node]
            down, across = place_of(self._text[start:end], end - start)
            line, column = line + down - 1, across if down > 1 else column + across - 1
            places[node], start = (line, column), end
        return places

    def element(self, node: int, index: int) -> Optional[int]:
        """Find an element of a list; return None if there is none, or if the node is no list."""
        child, end = node + 1, self.after(node)
        while child < end and index > 0 and self.kinds[node] == SEQUENCE:
            child, index = self.after(child), index - 1
        return child if child < end and self.kinds[node] == SEQUENCE else None

    def value(self, node: int, *keys: str) -> Optional[int]:
        """Find the value of the first of some keys that a mapping has; return None without one."""
        child, end = node + 1, self.after(node)
        while child < end and self.kinds[node] == MAPPING:
            value = self.after(child)
            if self.texts[self.resolve(child)] in keys:
                return value
            child = self.after(value)
        return None


class _Anchors:
    """The anchors of nodes, and what aliases refer to, by the gateway's rule.

    An anchor's id is the number of distinct names before it. What an id refers to is looked up when
    the document is read, so a name that follows a repeated one shares its id.
    """

    def __init__(self) -> None:
        self._ids: dict[str, int] = {}
        self._nodes: dict[int, int] = {}
        self._uses: dict[int, int] = {}

    def name(self, anchor: str, node: int) -> None:
        """Record that a node has an anchor."""
        number = len(self._ids)
        self._ids[anchor] = number
        self._nodes[number] = node

    def use(self, anchor: str, alias: int) -> bool:
        """Record that an alias uses a name; return whether any node has that name yet."""
        if anchor not in self._ids:
            return False
        self._uses[alias] = self._ids[anchor]
        return True

    def targets(self) -> dict[int, int]:
        """Look up the node that each alias refers to, now that all are known."""
        return {alias: self._nodes[number] for alias, number in self._uses.items()}


class _Builder:
    """Builds nodes from the events of one text.

    Args:
        text: The text.
        next_event: Returns the parser's next event.
        events: The module that has the events' types.
    """

    def __init__(self, text: str, next_event: NextEvent, events: ModuleType) -> None:
        self.nodes = Nodes(text)
        self._most_levels = most_levels_of(text)
        self._next_event = next_event
        self._events = events
        self._anchors = _Anchors()
        self._documents = 0

    def build(self) -> Nodes:
        """Process all events.

        Raises:
            ContractCompileError: There is a second document, an alias without an anchor, or too
                many levels.
        """
        nodes = self.nodes
        self._take_events()
        nodes.targets = self._anchors.targets()
        nodes.shared = frozenset(nodes.targets.values())
        return nodes

    def _take_events(self) -> None:
        # A hostile text has a million events: everything is a local, and most events need no call.
        nodes, events, next_event = self.nodes, self._events, self._next_event
        scalar, stream_end = events.ScalarEvent, events.StreamEndEvent
        sequence, sequence_end = events.SequenceStartEvent, events.SequenceEndEvent
        mapping, mapping_end = events.MappingStartEvent, events.MappingEndEvent
        kinds, ends, add_index = nodes.kinds, nodes.ends, nodes.indices.append
        add_kind, add_text = kinds.append, nodes.texts.append
        opened: list[int] = []
        block_levels, kind_of_style = 0, _KIND_BY_STYLE
        while True:
            event = next_event()
            event_type = event.__class__
            if event_type is scalar:
                kind, text = kind_of_style[event.style], event.value
            elif event_type is mapping_end or event_type is sequence_end:
                ends[opened.pop()] = len(kinds)
                continue
            elif event_type is mapping or event_type is sequence:
                kind, text = MAPPING if event_type is mapping else SEQUENCE, ""
                opened.append(len(kinds))
                levels = len(opened)
                # Nothing in flow style contains block style.
                if not event.flow_style:
                    block_levels = levels
                elif block_levels >= levels:
                    block_levels = levels - 1
                # Fewer levels cannot exceed a limit, whatever the text.
                if levels > MOST_LEVELS:
                    self._check_levels(event, levels, levels - block_levels)
            elif event_type is stream_end:
                return
            else:
                self._take_rare(event)
                continue
            if event.anchor is not None or event.tag is not None:
                self._name(event)
            add_kind(kind)
            add_text(text)
            add_index(event.start_mark.index)

    def _check_levels(self, event: Any, levels: int, flow_levels: int) -> None:
        if levels > self._most_levels:
            refuse_at_mark(TOO_DEEP, event.start_mark)
        if flow_levels > MOST_FLOW_LEVELS:
            message = f"expected at most {MOST_FLOW_LEVELS:,} levels of [ and {{, got more"
            refuse_at_mark(message, event.start_mark)

    def _take_rare(self, event: Any) -> None:
        """Process an alias, or an event that is no node."""
        if type(event) is self._events.AliasEvent:
            self._add_alias(event)
        elif type(event) is self._events.DocumentStartEvent:
            self._documents += 1
            if self._documents > 1:
                refuse_at_mark("expected one document, got a second one", event.start_mark)

    def _add_alias(self, event: Any) -> None:
        nodes, mark = self.nodes, event.start_mark
        if not self._anchors.use(event.anchor, len(nodes)):
            message = f"expected an anchor that stands before its alias, got `*{event.anchor:.60}`"
            refuse_at_mark(message, mark)
        nodes.kinds.append(ALIAS)
        nodes.texts.append("")
        nodes.indices.append(mark.index)

    def _name(self, event: Any) -> None:
        """Store the anchor and the tag of the node that is about to be added."""
        node = len(self.nodes)
        if event.anchor is not None:
            self._anchors.name(event.anchor, node)
        if event.tag is not None:
            # A short `%TAG` may stand for a long text, and each use of it makes a copy.
            self.nodes.tags[node] = event.tag[:LONGEST_TAG]


def parse_nodes(text: str) -> Nodes:
    """Parse YAML text.

    Raises:
        ContractCompileError: It is not one well-formed document, or nests too deeply.
    """
    return parse_events(text, lambda next_event, events: _Builder(text, next_event, events).build())
