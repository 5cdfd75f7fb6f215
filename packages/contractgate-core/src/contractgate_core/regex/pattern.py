"""A compiled pattern: the only object of this package that other packages use."""

from __future__ import annotations

from typing import Any, Optional, final

from contractgate_core._tracebacks import guarded
from contractgate_core.errors import PatternError
from contractgate_core.regex.cache import PatternCache
from contractgate_core.regex.effort import MOST_STEPS, Effort, EffortError, Price
from contractgate_core.regex.matcher import Matcher, Plan, build_matchers, plan
from contractgate_core.regex.parse import parse
from contractgate_core.regex.size import check_size

__all__ = ["Pattern", "compile_pattern"]


class Pattern:
    """A regular expression of the gateway's dialect, compiled.

    It is immutable, threads may share it, and it is pickled as its text.

    Attributes:
        pattern: The text of the expression, as the user wrote it.
        matcher: The cheapest callable that takes a text and returns something true only if the
            expression matches anywhere in it, and None otherwise. For most expressions it is a
            method of `re`.
        fallback: Decides about texts beyond ASCII for which `matcher` returns None; None if that
            answer is right for all texts.
        plan: How the expression is matched.
        price: What it cost to compile.
    """

    __slots__ = ("__weakref__", "fallback", "matcher", "pattern", "plan", "price")

    pattern: str
    matcher: Matcher
    fallback: Optional[Matcher]
    plan: Plan
    price: Price

    def __new__(cls, pattern: str, effort: Effort) -> Pattern:
        """Compile a pattern; see `compile_pattern`."""
        effort.begin()
        try:
            node = parse(pattern, effort)
            check_size(node, effort)
            planned = plan(node, effort)
        except EffortError:
            raise EffortError(pattern=pattern) from None
        except PatternError as refused:
            raise PatternError(refused.reason, pattern=pattern, position=refused.position) from None
        matcher, fallback = build_matchers(planned)
        self: Pattern = object.__new__(Pattern if fallback is None else _PatternWithFallback)
        object.__setattr__(self, "pattern", pattern)
        object.__setattr__(self, "matcher", matcher)
        object.__setattr__(self, "fallback", fallback)
        object.__setattr__(self, "plan", planned)
        object.__setattr__(self, "price", effort.price())
        return self

    @property
    def predicate(self) -> Matcher:
        """The cheapest single callable that is true for a text if the expression matches in it."""
        return self.matcher if self.fallback is None else self.search

    def search(self, text: str) -> bool:
        """Return whether the expression matches anywhere in a text, in time linear in the text."""
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


@final
class _PatternWithFallback(Pattern):
    """A pattern with a fallback; a class of its own to keep the others' `search` short."""

    __slots__ = ()

    def search(self, text: str) -> bool:
        if self.matcher(text) is not None:
            return True
        return not text.isascii() and self.fallback is not None and self.fallback(text) is not None


_CACHE: PatternCache[Pattern] = PatternCache(MOST_STEPS // 4)


@guarded
def compile_pattern(text: str, effort: Optional[Effort] = None) -> Pattern:
    """Compile a regular expression of the gateway's dialect.

    Args:
        text: The expression.
        effort: The steps that are left to the contract that it belongs to. Its cost is the same
            whether it is compiled now or was compiled before.

    Raises:
        PatternError: The gateway refuses it; the error says where and why.
        EffortError: A subclass: compiling it takes more steps than are left.
    """
    effort = effort or Effort()
    found = _CACHE.find(text)
    if found is None:
        return _CACHE.add(Pattern(text, effort))
    effort.pay(found.price)
    return found
