"""Contracts that are made to cost time or memory, by name; each is made at the size asked for."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["ACCEPTED", "HEAD", "REFUSED", "Shape", "field"]

Shape = Callable[[int], str]
"""Makes a contract of about as many characters; some have enough with fewer."""

HEAD = 'version: "1"\nname: c\n'
_FIELD = f"{HEAD}ontology: {{entities: [{{name: f, type: any, enum: ["


def field(enum: str) -> str:
    """Write a contract with one field that allows some values."""
    return f"{HEAD}ontology: {{entities: [{{name: f, type: any, enum: {enum}}}]}}\n"


def _repeated(part: str, *, before: str = "", after: str = "") -> Shape:
    """Make contracts that repeat one part."""
    return lambda size: f"{before}{part * (size // len(part))}{after}"


def _anchors(size: int) -> str:
    return "x: [" + ",".join(f"&a{index} a" for index in range(size // 11)) + "]"


def _distinct_directives(size: int) -> str:
    return "".join(f"%TAG !a{n}! b\n" for n in range(size // 16)) + "--- a"


def _long_prefix(size: int) -> str:
    return f"%TAG !e! {'b' * (size // 2)}\n---\nx: [{'!e!c d,' * (size // 7)}]"


def _bomb(_size: int) -> str:
    levels = (f"x{n}: &a{n} [{f'*a{n - 1}, ' * 9}]\n" for n in range(1, 9))
    return f"{HEAD}x0: &a0 [a]\n{''.join(levels)}{field('*a8').replace(HEAD, '')}"


def _long_text_often(size: int) -> str:
    return f"x: &a {'a' * (size // 2)}\n" + field(f"[{'*a ,' * (size // 50)}]")


def _long_list_often(size: int) -> str:
    return f"x: &a [{'a,' * (size // 4)}]\n" + field(f"[{'*a ,' * (size // 50)}]")


REFUSED: dict[str, Shape] = {
    "many elements": _repeated("a,", before="x: [", after="]"),
    "many empty elements": _repeated("[],", before="x: [", after="]"),
    "many short mappings": _repeated("a: ,", before="x: [", after="]"),
    "many keys": _repeated("a,", before="x: {", after="}"),
    "many empty keys": _repeated("? ,", before="x: {", after="}"),
    "many lines": _repeated("a:\n"),
    "many tags": _repeated("!a a,", before="x: [", after="]"),
    "many anchors": _anchors,
    "many aliases": _repeated("*a ,", before="y: &a a\nx: [", after="]"),
    "many documents": _repeated("---\n"),
    "many directives": _repeated("%TAG !a! b\n", after="--- a"),
    "many distinct directives": _distinct_directives,
    "a long prefix for short tags": _long_prefix,
    "prefixes as long as they may be": _repeated(
        "!e!c d,", before=f"%TAG !e! {'b' * 9_000}\n---\nx: [", after="]"
    ),
    "many fields, the last one bad": _repeated(
        "{name: a,type: any},", before=f"{HEAD}ontology: {{entities: [", after=" {}]}"
    ),
    "a long text": _repeated("a"),
    "a long quoted text": _repeated("a", before='"', after='"'),
    "a long block": _repeated(" a\n", before="x: |\n"),
    "a long folded text": _repeated(" a\n", before="x: a\n"),
    "a long key": _repeated("a", after=": b"),
    "a long tag": _repeated("%41", before="x: !<", after="> a"),
    "a long anchor": _repeated("a", before="x: &", after=" a"),
    "blanks": _repeated(" "),
    "line breaks": _repeated("\n"),
    "comments": _repeated("#\n"),
    "deep flow lists": _repeated("["),
    "deep flow lists in lines": _repeated("[\n"),
    "deep flow mappings": _repeated("{a: "),
    "deep block lists": _repeated("- "),
    "deep block keys": _repeated("? "),
    "deep lists in a field": lambda _size: field(f"[{'[' * 500}{']' * 500}]"),
    "control characters": _repeated("\x1b"),
    "a bomb of aliases": _bomb,
    "a long text, often": _long_text_often,
    "a long list, often": _long_list_often,
}
"""What no reader accepts, whatever the size."""

ACCEPTED: dict[str, Shape] = {
    "many allowed numbers": _repeated("1,", before=_FIELD, after="]}]}"),
    "many allowed lists": _repeated("[],", before=_FIELD, after="]}]}"),
    "many allowed mappings": _repeated("{a: 1},", before=_FIELD, after="]}]}"),
    "many fields": _repeated(
        "{name: a,type: any},", before=f"{HEAD}ontology: {{entities: [", after="]}"
    ),
    "a list of lists, often": lambda _size: (
        f"x: &a [{'b,' * 20_000}]\n" + field(f"[{'*a ,' * 50}]")
    ),
    "a text, often": lambda _size: f"x: &a {'b' * 40_000}\n" + field(f"[{'*a ,' * 100}]"),
    "a key, often": lambda _size: f"x: &a {'b' * 40_000}\n" + field(f"[{'{*a : 1},' * 100}]"),
    "fields, often": lambda _size: (
        f"{HEAD}x: &a [{'{name: a, type: any},' * 2_000}]\n"
        f"ontology: {{entities: [{'{name: b, type: object, properties: *a},' * 80}]}}\n"
    ),
}
"""What the gateway accepts: as much as fits in, or shared as often as it may be."""
