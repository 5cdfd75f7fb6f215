"""The ChaCha stream with twelve rounds, as 32-bit words.

Source: docs/spec/gateway-http.md, section 6.21.
"""

from __future__ import annotations

import struct

__all__ = ["chacha12_block"]

_CONSTANTS = (0x61707865, 0x3320646E, 0x79622D32, 0x6B206574)
_MASK = 0xFFFFFFFF
_DOUBLE_ROUNDS = 6
_COLUMNS = ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15))
_DIAGONALS = ((0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14))


def chacha12_block(key: bytes, counter: int) -> list[int]:
    """Return the sixteen words of one block of the stream.

    Args:
        key: 32 bytes; the stream's id is zero.
        counter: The number of the block, from 0.
    """
    low, high = counter & _MASK, counter >> 32 & _MASK
    return _block((*_CONSTANTS, *struct.unpack("<8I", key), low, high, 0, 0))


def _block(state: tuple[int, ...]) -> list[int]:
    working = [*state]
    for _ in range(_DOUBLE_ROUNDS):
        for places in (*_COLUMNS, *_DIAGONALS):
            _quarter_round(working, *places)
    return [(after + before) & _MASK for after, before in zip(working, state)]


def _quarter_round(words: list[int], a: int, b: int, c: int, d: int) -> None:
    for first, second, third, turn in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
        words[first] = (words[first] + words[second]) & _MASK
        mixed = words[third] ^ words[first]
        words[third] = (mixed << turn | mixed >> (32 - turn)) & _MASK
