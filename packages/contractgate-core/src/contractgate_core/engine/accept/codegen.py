"""Source that is written for one contract.

It holds only names and numbers that this package makes; whatever the contract says is bound to a
name.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Optional

from msgspec import UNSET

from contractgate_core.engine.accept.bounds import ENDLESS
from contractgate_core.engine.rules import system_clock

__all__ = ["Source"]


class Source:
    """Builds the source of functions, line by line.

    A function may be begun inside another one; it is placed before that one.
    """

    def __init__(self) -> None:
        self._bound: dict[str, Any] = {
            "__name__": __name__,
            "clock": system_clock,
            "UNSET": UNSET,
        }
        self._finished: list[str] = []
        self._functions = self._variables = 0
        self._indent = ""
        self._head: list[str] = []
        self._lines: list[str] = []

    def __str__(self) -> str:
        return "\n".join(self._finished)

    def bind(self, value: object) -> str:
        """Bind a value to a new name that all functions may use, and return the name."""
        name = f"n{len(self._bound)}"
        self._bound[name] = value
        return name

    def variable(self) -> str:
        """Return the name of a new variable."""
        self._variables += 1
        return f"v{self._variables}"

    def line(self, text: str) -> None:
        """Write a line."""
        self._lines.append(f"{self._indent}{text}")

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """Write a line that ends with a colon; lines written in this context are its body."""
        outer, begin = self._indent, len(self._lines)
        self.line(head)
        self._indent += " "
        yield
        if len(self._lines) == begin + 1:
            self.line("pass")
        self._indent = outer

    def begin_with(self, line: str) -> None:
        """Put a line at the beginning of the current function, unless it is there already."""
        if line not in self._head:
            self._head.append(line)

    def now(self) -> str:
        """Return the name of the time: the function's argument `now`, or the clock's if it is None.

        Beyond some limits the gateway's arithmetic wraps; a time beyond them is before all others.
        """
        self.begin_with("if now is None: now = clock()")
        self.begin_with(f"at = now if {-ENDLESS} < now < {ENDLESS} else {self.bind(float('-inf'))}")
        return "at"

    @contextmanager
    def function(self, arguments: str, name: Optional[str] = None) -> Iterator[str]:
        """Write a function; lines written in this context are its body.

        Args:
            arguments: Its arguments, as in source.
            name: Its name; None for a new one.

        Returns:
            Its name.
        """
        outer = self._indent, self._head, self._lines
        self._indent, self._head, self._lines = " ", [], []
        self._functions += 1
        name = name or f"f{self._functions}"
        yield name
        head = [f" {line}" for line in self._head]
        written = [f"def {name}({arguments}):", *head, *self._lines]
        self._finished.append("\n".join(written))
        self._indent, self._head, self._lines = outer

    def compile(self, name: str, **more: object) -> Any:
        """Compile the source, and return one of its functions.

        Args:
            name: The name of the function.
            more: More names that the source uses, with their values.
        """
        source = str(self)
        names = {**self._bound, **more, "__loader__": _Loader(source)}
        code = compile(source, f"contractgate codegen: {name}", "exec")
        exec(code, names)  # noqa: S102 - the source holds no text but that of our own modules
        return names[name]


class _Loader:
    """Gives `linecache`, and so tracebacks, the lines of functions that have no file."""

    def __init__(self, text: str) -> None:
        self._text = text

    def get_source(self, name: str) -> str:
        """Return the source, as loaders of modules do."""
        return self._text
