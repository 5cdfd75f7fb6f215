"""Random patterns of the gateway's dialect, and texts that they match or just do not match."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Callable

from contractgate_core.regex.classes import LAST
from contractgate_core.regex.tree import (
    Alternate,
    Capture,
    Chars,
    Concat,
    Literal,
    Look,
    Node,
    Repeat,
)

__all__ = ["draw_pattern", "draw_texts"]

LETTERS = "abcABCxyz019_ -.@/:,#kKsSiI"
FOREIGN = "éßẞσςΣſKÅåµμİıǆǅⅧ½²\u0301\u200d\u203f٣۵中😀\u2028\x85\xa0\x1c\x1f\ufeff𐵀🅰"
CONTROLS = "\n\r\t\x0b\x00\x7f"

ESCAPES = [
    *(f"\\{char}" for char in ".-/@ #[](){}^$|&~_"),
    *(r"\n", r"\r", r"\t", r"\v", r"\f", r"\a"),
    *(r"\x61", r"\u00e9", r"\U0001F600", r"\x{3c3}", r"\u{212A}", r"\x41", r"\xe9", r"\x{0041}"),
]
PERL = [r"\d", r"\D", r"\w", r"\W", r"\s", r"\S"]
PROPERTIES = [
    *(r"\pL", r"\PL", r"\p{Lu}", r"\P{Ll}", r"\p{Greek}", r"\p{sc=Latin}", r"\p{scx:Cyrl}"),
    *(r"\p{Nd}", r"\p{Alphabetic}", r"\p{^L}", r"\p{White_Space}", r"\p{gc!=Lu}", r"\p{any}"),
    *(r"\p{ASCII}", r"\p{Emoji}", r"\p{age=6.0}", r"\p{is_Han}", r"\p{lc}", r"\p{Cs}", r"\pN"),
    *(r"\p{wb=numeric}", r"\p{gcb=ex}", r"\p{sb:lo}", r"\p{nope}", r"\p{Lowercase}"),
]
POSIX_NAMES = "alnum alpha ascii blank cntrl digit graph lower print punct space upper word xdigit"
POSIX = [f"[:{mark}{name}:]" for name in POSIX_NAMES.split() for mark in ("", "^")]
LOOKS = [
    *("^", "$", r"\A", r"\z", r"\b", r"\B", r"\<", r"\>"),
    *(r"\b{start}", r"\b{end}", r"\b{start-half}", r"\b{end-half}"),
]
FLAG_LETTERS = "imsRUux"


class _Drawer:
    """Draws one pattern."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._names = 0

    def pattern(self, depth: int) -> str:
        """Draw alternatives, most often one."""
        branches = 1 + (self._rng.random() < 0.2) + (self._rng.random() < 0.06)
        return "|".join(self._branch(depth) for _ in range(branches))

    def _branch(self, depth: int) -> str:
        count = self._rng.choice((0, 1, 1, 2, 2, 3, 3, 4, 5))
        return "".join(self._item(depth) for _ in range(count))

    def _item(self, depth: int) -> str:
        item = self._atom(depth)
        while self._rng.random() < 0.3:
            item += self._repetition()
        return item

    def _repetition(self) -> str:
        low = self._rng.choice((0, 1, 1, 2, 3, 9, 12))
        high = low + self._rng.choice((0, 0, 1, 2, 7))
        space = self._rng.choice(("", "", "", " "))
        counted = (f"{{{low}}}", f"{{{low},}}", f"{{{space}{low}{space},{high}}}")
        sign = self._rng.choice(("?", "*", "+", *counted))
        return sign + self._rng.choice(("", "", "", "?"))

    def _atom(self, depth: int) -> str:
        kinds: list[tuple[float, Callable[[], str]]] = [
            (8, self._literal),
            (1, lambda: self._rng.choice(ESCAPES)),
            (1.5, lambda: "."),
            (2.5, lambda: self._rng.choice(PERL)),
            (0.7, lambda: self._rng.choice(PROPERTIES)),
            (1.5, lambda: self._rng.choice(LOOKS)),
            (3, lambda: self._class(2)),
            (0.5, self._directive),
        ]
        if depth:
            kinds.append((3, lambda: self._group(depth - 1)))
        weights = [weight for weight, _ in kinds]
        return self._rng.choices([draw for _, draw in kinds], weights)[0]()

    def _char(self) -> str:
        alphabet = self._rng.choices((LETTERS, FOREIGN, CONTROLS), (9, 2, 0.5))[0]
        return self._rng.choice(alphabet)

    def _literal(self) -> str:
        char = self._char()
        # A character that means something else is now and then left as it is.
        return f"\\{char}" if char in r".^$|()[]{}*+?#" and self._rng.random() < 0.8 else char

    def _directive(self) -> str:
        return f"(?{self._flags()})"

    def _flags(self) -> str:
        letters = self._rng.sample(FLAG_LETTERS, self._rng.choice((1, 1, 2)))
        # `u` is on anyway, and without it little is allowed.
        letters = [x for x in letters if x != "u" or self._rng.random() < 0.5] or ["i"]
        at = self._rng.choice((len(letters), len(letters), 0, 1))
        return "".join(letters[:at]) + ("-" if at < len(letters) else "") + "".join(letters[at:])

    def _group(self, depth: int) -> str:
        self._names += 1
        name = self._rng.choice((f"n{self._names}", f"_{self._names}", f"é{self._names}.[1]"))
        opening = self._rng.choice(
            ("(", "(", "(?:", "(?:", f"(?P<{name}>", f"(?<{name}>", f"(?{self._flags()}:")
        )
        return f"{opening}{self.pattern(depth)})"

    def _class(self, depth: int) -> str:
        items = [self._class_item(depth) for _ in range(self._rng.choice((1, 2, 2, 3, 4)))]
        if self._rng.random() < 0.15:
            at = self._rng.randrange(len(items) + 1)
            items.insert(at, self._rng.choice(("&&", "--", "~~")))
        negation = "^" if self._rng.random() < 0.25 else ""
        return f"[{negation}{''.join(items)}]"

    def _class_item(self, depth: int) -> str:
        kind = self._rng.random()
        if kind < 0.4:
            return self._class_char()
        if kind < 0.65:
            ends = sorted((self._char(), self._char()))
            return "-".join(map(_in_class, ends))
        if kind < 0.75:
            return self._rng.choice(("a-z", "A-Z", "0-9", "a-zA-Z0-9_", "-", "]"))
        if kind < 0.85:
            return self._rng.choice(PERL)
        if kind < 0.9:
            return self._rng.choice(PROPERTIES)
        if kind < 0.95 or not depth:
            return self._rng.choice(POSIX)
        return self._class(depth - 1)

    def _class_char(self) -> str:
        return _in_class(self._char()) if self._rng.random() < 0.9 else self._rng.choice(ESCAPES)


def _in_class(char: str) -> str:
    return f"\\{char}" if char in r"[]\^-&~" else char


def draw_pattern(rng: random.Random) -> str:
    """Draw a pattern; about one in six is spoilt and may not be of the dialect."""
    if rng.random() < 0.2:
        pattern = _loops(rng)
    else:
        pattern = _Drawer(rng).pattern(rng.choice((0, 1, 1, 2, 2, 3)))
    if rng.random() < 0.3:
        pattern = f"^{pattern}$" if rng.random() < 0.7 else f"^(?:{pattern})$"
    if rng.random() < 0.15 and pattern:
        at = rng.randrange(len(pattern))
        spoilt = rng.choice(("", rng.choice(r"\[](){}*+?|^$-:&,=!<>" + LETTERS + FOREIGN)))
        pattern = pattern[:at] + spoilt + pattern[at + rng.choice((0, 1)) :]
    return f"(?x){_spaced(rng, pattern)}" if rng.random() < 0.06 else pattern


def _loops(rng: random.Random) -> str:
    """Draw loops beside and in each other, over sets that overlap: hard to match fast."""
    sets = ("a", "b", "[ab]", "[a-z]", "[a-z.]", r"\w", r"\.", ".", "[^b]", r"\d", "(?:a|ab)", "-")
    signs = ("", "", "*", "+", "?", "{2}", "{2,}", "{1,3}", "{0,20}", "*?")
    chain = "".join(rng.choice(sets) + rng.choice(signs) for _ in range(rng.randrange(1, 6)))
    return chain if rng.random() < 0.7 else f"(?:{chain}){rng.choice(signs)}{rng.choice(sets)}"


def _spaced(rng: random.Random, pattern: str) -> str:
    """Put space and comments between the characters of a pattern, wherever that leads."""
    spaces = ("", "", "", "", " ", "\n", "\x85", "#c\n", "# ")
    return "".join(char + rng.choice(spaces) for char in pattern)


def draw_texts(rng: random.Random, node: Node, count: int) -> list[str]:
    """Draw texts of which many are matched by a tree, and many just not."""
    texts = []
    for _ in range(count):
        kind = rng.random()
        text = _noise(rng) if kind < 0.15 else _sample(rng, node)
        if kind > 0.5:
            text = _spoilt(rng, text)
        if kind > 0.85:
            text = _noise(rng) + text + _noise(rng)
        if rng.random() < 0.02:
            text *= 60
        texts.append(text)
    return texts


def _noise(rng: random.Random) -> str:
    alphabet: Sequence[str] = rng.choice(("ab1 ", LETTERS, LETTERS + FOREIGN + CONTROLS))
    return "".join(rng.choice(alphabet) for _ in range(rng.choice((0, 1, 2, 3, 5, 9))))


def _spoilt(rng: random.Random, text: str) -> str:
    for _ in range(rng.choice((1, 1, 2))):
        at = rng.randrange(len(text) + 1)
        new = rng.choice(
            ("", rng.choice(LETTERS), rng.choice(FOREIGN + CONTROLS), text[at : at + 1] * 2)
        )
        text = text[:at] + new + text[at + rng.choice((0, 1)) :]
    return text


def _sample(rng: random.Random, root: Node) -> str:
    """Walk through a tree at random; assertions are taken to hold."""
    out: list[str] = []
    waiting = [root]
    while waiting and len(out) < 400:
        node = waiting.pop()
        if isinstance(node, Literal):
            out.append(node.text)
        elif isinstance(node, Chars):
            if node.ranges:
                out.append(_member(rng, node))
        elif isinstance(node, Concat):
            waiting.extend(reversed(node.nodes))
        elif isinstance(node, Alternate):
            waiting.append(rng.choice(node.nodes))
        elif isinstance(node, Capture):
            waiting.append(node.node)
        elif isinstance(node, Repeat):
            waiting.extend([node.node] * min(_rounds(rng, node), 400))
        elif isinstance(node, Look) and rng.random() < 0.1:
            out.append("\n")
    return "".join(out)


def _rounds(rng: random.Random, node: Repeat) -> int:
    most = node.low + rng.choice((0, 1, 1, 2, 3, 8))
    return most if node.high is None else rng.choice((min(most, node.high), node.high))


def _member(rng: random.Random, node: Chars) -> str:
    low, high = rng.choice(node.ranges[:4] if rng.random() < 0.6 else node.ranges)
    point = rng.choice((low, high, rng.randint(low, high), min(high, max(low, ord("a")))))
    return chr(point if not 0xD800 <= point <= 0xDFFF else min(high, LAST))
