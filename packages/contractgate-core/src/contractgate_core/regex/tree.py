"""The syntax tree of a pattern, in the shape that the gateway's engine gives it.

The functions in lower case build nodes and simplify them exactly as the crate regex-syntax 0.8.5
does, since the size of the gateway's program, and so what it refuses, depends on that shape. A tree
can be as deep as the gateway's nesting limit: walk it with `fold`, never by recursion.

Source: docs/spec/contract-format.md, section 4.4.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import Any, Callable, Optional, TypeVar, Union, cast

from contractgate_core.regex.classes import Ranges, merge

__all__ = [
    "FAIL",
    "Alternate",
    "Capture",
    "Chars",
    "Concat",
    "Empty",
    "Literal",
    "Look",
    "LookKind",
    "Node",
    "Repeat",
    "alternate",
    "capture",
    "chars",
    "concat",
    "fold",
    "literal",
    "look",
    "nodes_of",
    "repeat",
]

Result = TypeVar("Result")


class LookKind(Enum):
    """The assertions of docs/spec/contract-format.md, section 4.3."""

    TEXT_START = "text start"
    TEXT_END = "text end"
    LINE_START_LF = "line start"
    LINE_END_LF = "line end"
    LINE_START_CRLF = "line start, CRLF"
    LINE_END_CRLF = "line end, CRLF"
    WORD = "word boundary"
    NOT_WORD = "no word boundary"
    WORD_START = "word start"
    WORD_END = "word end"
    WORD_START_HALF = "no word before"
    WORD_END_HALF = "no word after"
    ASCII_WORD = "word boundary, ASCII"
    ASCII_NOT_WORD = "no word boundary, ASCII"
    ASCII_WORD_START = "word start, ASCII"
    ASCII_WORD_END = "word end, ASCII"
    ASCII_WORD_START_HALF = "no word before, ASCII"
    ASCII_WORD_END_HALF = "no word after, ASCII"


class _Node:
    """Base of all nodes: equality by content, without recursion.

    Attributes:
        children: The nodes directly below.
        is_zero_width: Whether the node can match only the empty text, in any position.
    """

    __slots__ = ("children", "is_zero_width")

    children: tuple[Node, ...]
    is_zero_width: bool

    def __init__(self, children: tuple[Node, ...], *, is_zero_width: bool) -> None:
        self.children = children
        self.is_zero_width = is_zero_width

    def _own(self) -> tuple[object, ...]:
        """Return the content without the children."""
        return ()

    def __eq__(self, other: object) -> bool:
        pairs: list[tuple[object, object]] = [(self, other)]
        while pairs:
            left, right = pairs.pop()
            if left is right:
                continue
            if not (isinstance(left, _Node) and isinstance(right, _Node)):
                return False
            if type(left) is not type(right) or left._own() != right._own():
                return False
            if len(left.children) != len(right.children):
                return False
            pairs.extend(zip(left.children, right.children))
        return True

    def __hash__(self) -> int:
        return hash((type(self), self._own(), len(self.children)))

    def __repr__(self) -> str:
        content = ", ".join(map(repr, (*self._own(), *self.children)))
        return f"{type(self).__name__}({content})"


class Empty(_Node):
    """Matches the empty text, everywhere."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__((), is_zero_width=True)


class Literal(_Node):
    """Matches one text of at least one code point."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        super().__init__((), is_zero_width=False)
        self.text = text

    def _own(self) -> tuple[object, ...]:
        return (self.text,)


class Chars(_Node):
    """Matches one code point of a set, which has two or more, or none."""

    __slots__ = ("ranges",)

    def __init__(self, ranges: Ranges) -> None:
        super().__init__((), is_zero_width=False)
        self.ranges = ranges

    def _own(self) -> tuple[object, ...]:
        return (self.ranges,)


class Look(_Node):
    """Matches the empty text if an assertion holds."""

    __slots__ = ("kind",)

    def __init__(self, kind: LookKind) -> None:
        super().__init__((), is_zero_width=True)
        self.kind = kind

    def _own(self) -> tuple[object, ...]:
        return (self.kind,)


class Repeat(_Node):
    """Matches a node `low` to `high` times; if `high` is None, there is no limit."""

    __slots__ = ("high", "is_greedy", "low", "node")

    def __init__(
        self, node: Node, low: int, high: Optional[int], *, is_greedy: bool = True
    ) -> None:
        super().__init__((node,), is_zero_width=node.is_zero_width)
        self.node = node
        self.low = low
        self.high = high
        self.is_greedy = is_greedy

    def _own(self) -> tuple[object, ...]:
        return (self.low, self.high, self.is_greedy)


class Capture(_Node):
    """A capturing group: it matches what its node matches, but makes the program larger."""

    __slots__ = ("index", "node")

    def __init__(self, node: Node, index: int = 1) -> None:
        super().__init__((node,), is_zero_width=node.is_zero_width)
        self.node = node
        self.index = index

    def _own(self) -> tuple[object, ...]:
        return (self.index,)


class Concat(_Node):
    """Matches two or more nodes, one after another."""

    __slots__ = ("nodes",)

    def __init__(self, nodes: tuple[Node, ...]) -> None:
        super().__init__(nodes, is_zero_width=all(node.is_zero_width for node in nodes))
        self.nodes = nodes


class Alternate(_Node):
    """Matches one of two or more nodes."""

    __slots__ = ("nodes",)

    def __init__(self, nodes: tuple[Node, ...]) -> None:
        super().__init__(nodes, is_zero_width=all(node.is_zero_width for node in nodes))
        self.nodes = nodes


Node = Union[Empty, Literal, Chars, Look, Repeat, Capture, Concat, Alternate]

FAIL = Chars(())
"""The node that matches nothing."""

_EMPTY = Empty()


def literal(text: str) -> Node:
    """Build a literal; for the empty text, an `Empty`."""
    return Literal(text) if text else _EMPTY


def chars(ranges: Ranges) -> Node:
    """Build a set of code points; for a set of one, a literal."""
    if len(ranges) == 1 and ranges[0][0] == ranges[0][1]:
        return Literal(chr(ranges[0][0]))
    return Chars(ranges) if ranges else FAIL


def look(kind: LookKind) -> Node:
    """Build an assertion."""
    return Look(kind)


def repeat(node: Node, low: int, high: Optional[int], *, is_greedy: bool = True) -> Node:
    """Build a repetition; a node without width is repeated only once."""
    if node.is_zero_width:
        low = min(low, 1)
        high = 1 if high is None else min(high, 1)
    if high == 0:
        return _EMPTY
    if low == high == 1:
        return node
    return Repeat(node, low, high, is_greedy=is_greedy)


def capture(node: Node, index: int) -> Node:
    """Build a capturing group with a number, from 1."""
    return Capture(node, index)


def concat(nodes: Iterable[Node]) -> Node:
    """Build a sequence: flat, without empty nodes, with neighbouring literals joined."""
    built: list[Node] = []
    texts: list[str] = []
    for outer in nodes:
        for node in outer.nodes if type(outer) is Concat else (outer,):
            kind = type(node)
            if kind is Literal:
                texts.append(node.text)  # type: ignore[union-attr]
            elif kind is not Empty:
                if texts:
                    built.append(Literal("".join(texts)))
                    texts = []
                built.append(node)
    if texts:
        built.append(Literal("".join(texts)))
    if len(built) > 1:
        return Concat(tuple(built))
    return built[0] if built else _EMPTY


def alternate(nodes: Iterable[Node]) -> Node:
    """Build a choice: flat, with characters or sets merged, and a common start shared."""
    flat = [part for node in nodes for part in (node.nodes if type(node) is Alternate else (node,))]
    if not flat:
        return FAIL
    if len(flat) == 1:
        return flat[0]
    merged = _as_one_set(flat)
    if merged is not None:
        return chars(merged)
    shared = _shared_start(flat)
    if shared:
        suffixes = [concat(node.children[shared:]) for node in flat]
        return concat([*flat[0].children[:shared], alternate(suffixes)])
    return Alternate(tuple(flat))


def _as_one_set(nodes: Sequence[Node]) -> Optional[Ranges]:
    """Return the union of nodes that are all single characters, or all sets."""
    if all(isinstance(node, Literal) and len(node.text) == 1 for node in nodes):
        points = [ord(node.text) for node in nodes if isinstance(node, Literal)]
        return merge((point, point) for point in points)
    if all(isinstance(node, Chars) for node in nodes):
        return merge(pair for node in nodes if isinstance(node, Chars) for pair in node.ranges)
    return None


def _shared_start(nodes: Sequence[Node]) -> int:
    """Count the nodes that all sequences begin with; zero unless all are sequences."""
    if not all(isinstance(node, Concat) for node in nodes):
        return 0
    first = nodes[0].children
    shared = len(first)
    for node in nodes[1:]:
        shared = min(shared, len(node.children))
        shared = next((i for i in range(shared) if first[i] != node.children[i]), shared)
    return shared


def nodes_of(root: Node) -> list[Node]:
    """List all nodes of a tree, each before its children."""
    found = [root]
    for node in found:
        found.extend(node.children)
    return found


def fold(root: Node, combine: Callable[[Node, list[Result]], Result]) -> Result:
    """Compute a value for a tree from the leaves up, without recursion.

    Args:
        root: The tree.
        combine: Called once per node, after its children, with their values in order.
    """
    nodes = nodes_of(root)
    values: list[Any] = [None] * len(nodes)
    end = len(nodes)
    # The children of a node are side by side, after those of all nodes before it.
    for index in range(end - 1, -1, -1):
        node = nodes[index]
        start = end - len(node.children)
        values[index] = combine(node, values[start:end])
        end = start
    return cast("Result", values[0])
