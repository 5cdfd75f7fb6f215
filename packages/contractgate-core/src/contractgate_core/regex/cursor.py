"""A position in the text of a pattern, and the flags in effect there."""

from __future__ import annotations

from typing import NamedTuple, Optional

from contractgate_core.errors import PatternError

__all__ = ["Cursor", "Flags", "is_space"]


class Flags(NamedTuple):
    """The flags in effect at one position, named by the letters that switch them.

    Source: docs/spec/contract-format.md, section 4.1.
    """

    i: bool = False
    m: bool = False
    s: bool = False
    R: bool = False
    U: bool = False
    u: bool = True
    x: bool = False


def is_space(char: str) -> bool:
    """Return whether a character is White_Space in Unicode; the empty text is not."""
    return char.isspace() and not "\x1c" <= char <= "\x1f"


class Cursor:
    """A position in a pattern; methods that skip space do so only under `(?x)`.

    Attributes:
        pattern: The whole pattern.
        at: The position, in characters from 0.
        flags: The flags in effect there.
    """

    __slots__ = ("at", "flags", "pattern")

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0
        self.flags = Flags()

    @property
    def char(self) -> str:
        """The character here; the empty text at the end."""
        return self.pattern[self.at : self.at + 1]

    @property
    def next_char(self) -> str:
        """The character after this one; the empty text at the end."""
        return self.pattern[self.at + 1 : self.at + 2]

    def bump(self) -> bool:
        """Advance by one character; return whether there is a character here now."""
        self.at = min(self.at + 1, len(self.pattern))
        return self.at < len(self.pattern)

    def bump_and_skip(self) -> bool:
        """Advance by one character and past space; return whether there is a character here now."""
        self.bump()
        self.skip_space()
        return self.at < len(self.pattern)

    def take(self, prefix: str) -> bool:
        """Advance past a text if it is here; return whether it was."""
        if not self.pattern.startswith(prefix, self.at):
            return False
        self.at += len(prefix)
        return True

    def skip_space(self) -> None:
        """Advance past White_Space and comments."""
        while self.flags.x and self.char:
            if self.char == "#":
                end = self.pattern.find("\n", self.at)
                self.at = len(self.pattern) if end < 0 else end + 1
            elif is_space(self.char):
                self.at += 1
            else:
                break

    def peek_past_space(self) -> str:
        """Return the next character that is not space, by the rule of the gateway's parser.

        The rule skips only the `#` of a comment; and if only space is left, the result is that
        space.
        """
        if not self.flags.x:
            return self.next_char
        is_comment = False
        for index in range(self.at + 1, len(self.pattern)):
            char = self.pattern[index]
            if char == "#" and not is_comment:
                is_comment = True
            elif not is_space(char):
                return char
        return self.next_char

    def refusal(self, reason: str, position: Optional[int] = None) -> PatternError:
        """Make the error that refuses the pattern, at a position or here."""
        where = self.at if position is None else position
        return PatternError(reason, pattern=self.pattern, position=where)
