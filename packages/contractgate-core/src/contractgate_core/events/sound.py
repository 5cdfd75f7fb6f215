"""How much of a refused text is certainly JSON, found by the decoder at its own speed.

Pieces of the text are wrapped in the lists and objects that are open where they begin, and decoded.
What decodes is sound, so the slow reader (`fault.py`) can begin close to the fault.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Optional

from contractgate_core.events.brackets import only_brackets, unmatched, without_escapes
from contractgate_core.events.fault import Start

__all__ = ["sound_escapes", "sound_start"]

IsSound = Callable[[bytes], bool]
"""Called with a text; returns whether it is JSON."""

_PIECE_BYTES = 2**14
"""Large enough that wrapping a piece costs little."""
_SHORTEST_PIECE = 2**8
_ESCAPES_BYTES = 2**12
_FEWEST_ESCAPES = 2**6
_SHRINK = 4
_CUTS = 4
"""How often the end of a piece is moved back, in case it cuts an escape or a pair of them."""

_CLOSERS = bytes.maketrans(b"[{", b"]}")
_OPENERS = bytes.maketrans(b"]}", b"[{")
_LEVEL = {ord("]"): b"[", ord("}"): b'{"":'}
_MEMBER = {ord("]"): b"0", ord("}"): b'"":0'}


class _Piece(NamedTuple):
    """The part of a window before its last comma.

    Attributes:
        size: Its length in bytes.
        closers: The brackets that close the lists and objects open at the comma, the outermost
            first; empty if none are open, or if the brackets are wrong.
    """

    size: int
    closers: bytes


def sound_start(text: bytes, is_sound: IsSound) -> Start:
    """Find a place shortly before the fault of a text, just after a comma.

    Args:
        text: A text in UTF-8.
        is_sound: Returns whether a text is JSON, quickly.
    """
    at, closers = 0, b""
    fault, size = len(text), _PIECE_BYTES
    while size >= _SHORTEST_PIECE:
        window = text[at : min(at + size, fault)]
        piece = _piece(window, closers)
        if piece is None:
            if at + size >= fault:
                break
            size *= 2
        elif piece.closers and is_sound(_completed(window[: piece.size], closers, piece.closers)):
            at, closers = at + piece.size + 1, piece.closers
        else:
            fault, size = at + piece.size, size // _SHRINK
    return Start(at, closers)


def _piece(window: bytes, closers: bytes) -> Optional[_Piece]:
    """Cut a window at its last comma outside strings; None without one. It begins in no string."""
    parts = without_escapes(window).split(b'"')
    for index in range((len(parts) - 1) // 2 * 2, -1, -2):
        comma = parts[index].rfind(b",")
        if comma >= 0:
            before = b"".join([*parts[:index:2], parts[index][:comma]])
            left = unmatched(closers.translate(_OPENERS) + only_brackets(before))
            is_right = b"]" not in left and b"}" not in left
            size = sum(map(len, parts[:index])) + index + comma
            return _Piece(size, left.translate(_CLOSERS) if is_right else b"")
    return None


def _completed(piece: bytes, before: bytes, after: bytes) -> bytes:
    """Make a whole text of a piece, given the brackets that are open before and after it."""
    levels = [_LEVEL[closer] for closer in before[:-1]]
    inner = before[-1:].translate(_OPENERS)
    # A member is added on each side, since the piece is bounded by commas.
    members = [_MEMBER[closer] + b"," for closer in before[-1:]]
    return b"".join((*levels, inner, *members, piece, b",", _MEMBER[after[-1]], after[::-1]))


def sound_escapes(text: bytes, at: int, is_sound: IsSound) -> int:
    """Skip escapes inside a string, and the plain characters between them.

    Args:
        text: A text in UTF-8.
        at: Where an escape begins.
        is_sound: Returns whether a text is JSON, quickly.

    Returns:
        A place at or after that one, near the end of the string or its first fault; before it are
        only whole, sound escapes and plain characters.
    """
    size = _ESCAPES_BYTES
    while size >= _FEWEST_ESCAPES:
        end = _end_of_escapes(text, at, at + size, is_sound)
        if end == at:
            size //= _SHRINK
        at = end
    return at


def _end_of_escapes(text: bytes, at: int, end: int, is_sound: IsSound) -> int:
    piece = text[at:end]
    for _ in range(_CUTS):
        if not piece or is_sound(b'"%b"' % piece):
            break
        piece = piece[: max(piece.rfind(b"\\"), 0)]
    else:
        return at
    return at + len(piece)
