"""A compiled pattern: the one object that the rest of the package knows."""

from __future__ import annotations

from typing import Any, final

from contractgate_core.errors import PatternError
from contractgate_core.regex.matcher import Matcher, build_matcher
from contractgate_core.regex.parse import parse
from contractgate_core.regex.size import check_size

__all__ = ["Pattern", "compile_pattern"]


@final
class Pattern:
    """A regular expression of the gateway's dialect, compiled.

    It is immutable and shared by threads; what it is pickled as is its text.

    Attributes:
        pattern: The text of the expression, as the user wrote it.
        matcher: The cheapest callable that takes a text and returns something true where the
            expression matches anywhere in it, and None where it does not.
    """

    __slots__ = ("matcher", "pattern")

    pattern: str
    matcher: Matcher

    def __init__(self, pattern: str) -> None:
        try:
            node = parse(pattern)
            check_size(node)
        except PatternError as refused:
            raise PatternError(refused.reason, pattern=pattern, position=refused.position) from None
        object.__setattr__(self, "pattern", pattern)
        object.__setattr__(self, "matcher", build_matcher(node))

    def search(self, text: str) -> bool:
        """Tell whether the expression matches anywhere in a text, in time linear in the text."""
        return self.matcher(text) is not None

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a Pattern cannot be changed: {name}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a Pattern cannot be changed: {name}")

    def __eq__(self, other: object) -> bool:
        return self.pattern == other.pattern if isinstance(other, Pattern) else NotImplemented

    def __hash__(self) -> int:
        return hash((Pattern, self.pattern))

    def __repr__(self) -> str:
        return f"compile_pattern({self.pattern!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return compile_pattern, (self.pattern,)


def compile_pattern(text: str) -> Pattern:
    """Compile a regular expression of the gateway's dialect.

    Args:
        text: The expression.

    Raises:
        PatternError: The gateway refuses it; the error says where and why.
    """
    return Pattern(text)
