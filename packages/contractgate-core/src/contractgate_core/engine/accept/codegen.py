"""Source that is written for one contract.

It holds names and numbers that are made here, and nothing else: whatever the contract says is bound
to a name.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Optional

from contractgate_core.engine.accept.bounds import ENDLESS
from contractgate_core.engine.rules import system_clock

__all__ = ["Source"]


class Source:
    """Builds the source of functions, line by line.

    A function may be begun while another one is being written; it comes before that.
    """

    def __init__(self) -> None:
        self._bound: dict[str, Any] = {"__name__": __name__, "clock": system_clock}
        self._finished: list[str] = []
        self._functions = self._variables = 0
        self._indent = ""
        self._head: list[str] = []
        self._lines: list[str] = []

    def __str__(self) -> str:
        return "\n".join(self._finished)

    def bind(self, value: object) -> str:
        """Bind a value to a new name, which all functions may use."""
        name = f"n{len(self._bound)}"
        self._bound[name] = value
        return name

    def variable(self) -> str:
        """Name a new variable."""
        self._variables += 1
        return f"v{self._variables}"

    def line(self, text: str) -> None:
        """Write a line."""
        self._lines.append(f"{self._indent}{text}")

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """Write a line that ends with a colon, and inside it what follows; nothing does nothing."""
        outer, begin = self._indent, len(self._lines)
        self.line(head)
        self._indent += " "
        yield
        if len(self._lines) == begin + 1:
            self.line("pass")
        self._indent = outer

    def first(self, line: str) -> None:
        """Let a line stand at the beginning of the function that is being written, once."""
        if line not in self._head:
            self._head.append(line)

    def now(self) -> str:
        """Name the time, in a function that has an argument `now`: that, or what the clock says.

        Beyond its limits the gateway's arithmetic wraps: such a time is before all others.
        """
        self.first("if now is None: now = clock()")
        self.first(f"at = now if {-ENDLESS} < now < {ENDLESS} else {self.bind(float('-inf'))}")
        return "at"

    @contextmanager
    def function(self, arguments: str, name: Optional[str] = None) -> Iterator[str]:
        """Write a function; the block is its body.

        Args:
            arguments: Its arguments, as they are written.
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
        """Compile what was written, and return one of its functions.

        Args:
            name: The function.
            more: Further names that it uses, and what they are bound to.
        """
        source = str(self)
        names = {**self._bound, **more, "__loader__": _Loader(source)}
        code = compile(source, f"contractgate codegen: {name}", "exec")
        exec(code, names)  # noqa: S102 - holds no text but that of our own modules
        return names[name]


class _Loader:
    """Where `linecache`, and so a traceback, finds the lines of functions that have no file."""

    def __init__(self, text: str) -> None:
        self._text = text

    def get_source(self, name: str) -> str:
        """Return the source, as loaders of modules do."""
        return self._text
