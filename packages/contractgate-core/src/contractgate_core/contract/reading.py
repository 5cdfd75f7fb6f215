"""One reading of a document: aliases, nesting and their limits.

The gateway follows aliases as it reads, so its work may grow with the square of the file. Here each
shared node is read once for each type that is asked for. Its cost is kept, so that the gateway's
limits are still counted in full, and a small file cannot become a contract that would exhaust
memory when it is shown, compared or compiled.

Source: docs/spec/contract-format.md, section 1.3.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any, NoReturn, Optional, Union

import msgspec

from contractgate_core.contract.nodes import ALIAS, PLAIN, SEQUENCE, Nodes
from contractgate_core.contract.scalars import NULL_WORDS

__all__ = ["EXTENSION", "Reader", "Reading", "RefusalError", "shorten"]

MOST_LEVELS = 128
STEPS_FOR_EACH_EVENT = 100

MOST_REPEATED = 4 * 2**20
"""How many characters and values aliases may repeat; the gateway has only its memory."""

EXTENSION = "x-"
"""Keys with this prefix are meant to be ignored, such as those that hold anchors."""

_MOST_REMEMBERED = 1_000
"""So many unknown keys and doubts are kept; more are in no contract that a person wrote."""

_LONGEST_SHOWN = 60

Reader = Callable[["Reading", int, int], Any]
"""Called with a reading, a node that is not an alias, and how many lists and mappings it is in."""


class RefusalError(Exception):
    """Something in the document is not what was expected there.

    Attributes:
        message: What was expected and what came.
        node: The node at fault.
        path: The keys and indices that lead to it, the innermost first.
        names: The names of the fields around it, the innermost first; None for array elements,
            which have none.
    """

    def __init__(self, message: str, node: int) -> None:
        super().__init__(message)
        self.message = message
        self.node = node
        self.path: list[Union[str, int]] = []
        self.names: list[Optional[str]] = []


class _Cost(msgspec.Struct, frozen=True):
    """The cost of reading a node.

    Attributes:
        steps: How many aliases are followed.
        size: How many characters and values there are; those behind aliases count each time.
        levels: How many lists and mappings are nested.
    """

    steps: int
    size: int
    levels: int


class Reading:
    """Reads the nodes of one document.

    Args:
        nodes: The document.

    Attributes:
        nodes: The document.
        passed_over: The first keys that mean nothing where they stand: the node of each, what it
            stands in, and the keys that are known there.
        doubts: The first things that cannot be meant: the node and a message of each.
    """

    def __init__(self, nodes: Nodes) -> None:
        self.nodes = nodes
        self.passed_over: list[tuple[int, str, Collection[str]]] = []
        self.doubts: list[tuple[int, str]] = []
        self._steps = 0
        self._most_steps = STEPS_FOR_EACH_EVENT * nodes.events
        self._size = 0
        self._repeated = 0
        self._deepest = 0
        # None while the node is being read: whatever asks for it then is inside it.
        self._known: dict[tuple[Reader, int], Optional[tuple[Any, _Cost]]] = {}

    def read(self, reader: Reader, node: int, depth: int) -> Any:
        """Read a node, or the node that an alias refers to.

        Args:
            reader: The reader for what is expected.
            node: The node or alias.
            depth: How many lists and mappings it is in.

        Raises:
            RefusalError: It is not what was expected.
        """
        nodes = self.nodes
        if nodes.kinds[node] == ALIAS:
            self._step(node, 1)
            node = nodes.targets[node]
        if node in nodes.shared:
            return self._read_shared(reader, node, depth)
        self._size += 1 + len(nodes.texts[node])
        return reader(self, node, depth)

    def _read_shared(self, reader: Reader, node: int, depth: int) -> Any:
        key = (reader, node)
        if key in self._known:
            return self._read_again(self._known[key], node, depth)
        self._known[key] = None
        steps, size, deepest = self._steps, self._size, self._deepest
        self._size += 1 + len(self.nodes.texts[node])
        self._deepest = depth
        value = reader(self, node, depth)
        cost = _Cost(self._steps - steps, self._size - size, self._deepest - depth)
        self._known[key] = (value, cost)
        self._deepest = max(self._deepest, deepest)
        return value

    def _read_again(self, known: Optional[tuple[Any, _Cost]], node: int, depth: int) -> Any:
        if known is None:
            raise RefusalError("expected a value, got an alias of what it stands in", node)
        value, cost = known
        self._step(node, cost.steps)
        self._repeat(node, cost.size)
        self._check_depth(node, depth + cost.levels)
        return value

    def enter(self, node: int, depth: int) -> range:
        """Enter a list or a mapping.

        Returns:
            The numbers from the first node in it up to the node after it.
        """
        self._check_depth(node, depth + 1)
        return range(node + 1, self.nodes.after(node))

    def key(self, node: int) -> str:
        """Read a mapping's key: the text of any scalar."""
        kind = self.nodes.kinds[node]
        if kind == ALIAS:
            self._step(node, 1)
            node = self.nodes.targets[node]
            kind = self.nodes.kinds[node]
            self._repeat(node, len(self.nodes.texts[node]))
        else:
            self._size += len(self.nodes.texts[node])
        if kind >= SEQUENCE:
            self.refuse("a text as a key", node)
        return self.nodes.texts[node]

    def pass_over(
        self, keys: Iterable[tuple[str, int]], title: str, known: Collection[str]
    ) -> None:
        """Remember keys that are ignored, except those whose names ask for it.

        Args:
            keys: The keys and their nodes.
            title: What they are in.
            known: The keys that have a meaning there.
        """
        for key, node in keys:
            if not key.startswith(EXTENSION) and len(self.passed_over) < _MOST_REMEMBERED:
                self.passed_over.append((node, title, known))

    def doubt(self, message: str, node: int) -> None:
        """Remember something that is accepted although it cannot be meant."""
        if len(self.doubts) < _MOST_REMEMBERED:
            self.doubts.append((node, message))

    def _step(self, node: int, steps: int) -> None:
        self._steps += steps
        if self._steps > self._most_steps:
            message = f"expected at most {STEPS_FOR_EACH_EVENT} uses of aliases for each item of "
            raise RefusalError(f"{message}the document, got more", node)

    def _repeat(self, node: int, size: int) -> None:
        self._size += size
        self._repeated += size
        if self._repeated > MOST_REPEATED:
            message = f"expected aliases that repeat at most {MOST_REPEATED:,} characters, got more"
            raise RefusalError(message, node)

    def _check_depth(self, node: int, depth: int) -> None:
        if depth > MOST_LEVELS:
            message = f"expected at most {MOST_LEVELS} levels of lists and mappings, got more"
            raise RefusalError(message, node)
        self._deepest = max(self._deepest, depth)

    def refuse(self, expected: str, node: int, hint: str = "") -> NoReturn:
        """Refuse a node that is not what was expected."""
        raise RefusalError(f"expected {expected}, got {self.describe(node)}{hint}", node)

    def describe(self, node: int) -> str:
        """Describe a node for a message."""
        kind = self.nodes.kinds[node]
        if kind >= SEQUENCE:
            return "a list" if kind == SEQUENCE else "a mapping"
        text, tag = self.nodes.texts[node], self.nodes.tags.get(node)
        tagged = f" with the tag {shorten(_written_tag(tag))}" if tag else ""
        if kind != PLAIN:
            return f"the quoted text {shorten(repr(text))}{tagged}"
        if not text:
            return f"an empty value{tagged}"
        if text in NULL_WORDS:
            return f"the null word `{text}`{tagged}"
        return f"`{shorten(text)}`{tagged}"


def _written_tag(tag: str) -> str:
    core = "tag:yaml.org,2002:"
    return f"!!{tag[len(core) :]}" if tag.startswith(core) else tag


def shorten(text: str) -> str:
    """Shorten a text to keep a message readable."""
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
