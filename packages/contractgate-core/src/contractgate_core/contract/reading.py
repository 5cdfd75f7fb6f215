"""One reading of a document: aliases, nesting and their limits.

The gateway follows aliases as it reads, and so may do work that grows with the square of the file.
Here each shared node is read once for each type that asks for it; its steps and its height are
kept, so that the gateway's limits are still counted in full.

Source: docs/spec/contract-format.md, section 1.3.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn, Optional, Union

from contractgate_core.contract.nodes import ALIAS, PLAIN, SEQUENCE, Nodes
from contractgate_core.contract.scalars import NULL_WORDS

__all__ = ["Reader", "Reading", "Refusal", "shorten"]

MOST_LEVELS = 128
STEPS_FOR_EACH_EVENT = 100
_LONGEST_SHOWN = 60

Reader = Callable[["Reading", int, int], Any]
"""Called with a reading, a node that is no alias, and how many lists and mappings it is in."""


class Refusal(Exception):
    """Something in the document is not what its place demands.

    Attributes:
        message: What was expected and what came.
        node: Where.
        path: The keys and indices that lead there, the innermost first.
        names: The names of the fields that it is in, the innermost first; None for the elements
            of an array, which have none.
    """

    def __init__(self, message: str, node: int) -> None:
        super().__init__(message)
        self.message = message
        self.node = node
        self.path: list[Union[str, int]] = []
        self.names: list[Optional[str]] = []


class Reading:
    """Reads the nodes of one document.

    Args:
        nodes: The document.
    """

    def __init__(self, nodes: Nodes) -> None:
        self.nodes = nodes
        self._steps = 0
        self._most_steps = STEPS_FOR_EACH_EVENT * len(nodes)
        self._deepest = 0
        # None while the node is being read: what then asks for it again is in itself.
        self._known: dict[tuple[Reader, int], Optional[tuple[Any, int, int]]] = {}

    def read(self, reader: Reader, node: int, depth: int) -> Any:
        """Read a node, or what it is an alias of.

        Args:
            reader: What its place demands.
            node: Where it stands.
            depth: How many lists and mappings it is in.

        Raises:
            Refusal: It is not what was expected.
        """
        if self.nodes.kinds[node] == ALIAS:
            self._step(node, 1)
            node = self.nodes.targets[node]
        if node in self.nodes.shared:
            return self._read_shared(reader, node, depth)
        return reader(self, node, depth)

    def _read_shared(self, reader: Reader, node: int, depth: int) -> Any:
        key = (reader, node)
        if key in self._known:
            known = self._known[key]
            if known is None:
                raise Refusal("the anchored node contains itself", node)
            value, steps, height = known
            self._step(node, steps)
            self._check_depth(node, depth + height)
            return value
        self._known[key] = None
        steps, deepest = self._steps, self._deepest
        self._deepest = depth
        value = reader(self, node, depth)
        self._known[key] = (value, self._steps - steps, self._deepest - depth)
        self._deepest = max(self._deepest, deepest)
        return value

    def enter(self, node: int, depth: int) -> range:
        """Go into a list or a mapping.

        Returns:
            The numbers of the first node in it, and of its end.
        """
        self._check_depth(node, depth + 1)
        return range(node + 1, self.nodes.after(node) - 1)

    def key(self, node: int) -> str:
        """Read a mapping's key: the text of any scalar."""
        kind = self.nodes.kinds[node]
        if kind == ALIAS:
            self._step(node, 1)
            node = self.nodes.targets[node]
            kind = self.nodes.kinds[node]
        if kind >= SEQUENCE:
            raise Refusal(f"expected a text as a key, got {self.describe(node)}", node)
        return self.nodes.texts[node]

    def _step(self, node: int, steps: int) -> None:
        self._steps += steps
        if self._steps > self._most_steps:
            raise Refusal(
                f"aliases are followed more than {STEPS_FOR_EACH_EVENT} times for each item of "
                "the document",
                node,
            )

    def _check_depth(self, node: int, depth: int) -> None:
        if depth > MOST_LEVELS:
            raise Refusal(f"lists and mappings nest more than {MOST_LEVELS} deep", node)
        if depth > self._deepest:
            self._deepest = depth

    def refuse(self, expected: str, node: int, hint: str = "") -> NoReturn:
        """Say that a node is not what was expected."""
        raise Refusal(f"expected {expected}, got {self.describe(node)}{hint}", node)

    def describe(self, node: int) -> str:
        """Say what a node is."""
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
    return f"!!{tag[len(core):]}" if tag.startswith(core) else tag


def shorten(text: str) -> str:
    """Keep a message readable, however long the text that it shows."""
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
