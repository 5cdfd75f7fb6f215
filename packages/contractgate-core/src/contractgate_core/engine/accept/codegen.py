"""Functions that are written for one contract.

In their source stand names and numbers that are made here; whatever the contract says is bound to
the names.
"""

from __future__ import annotations

from typing import Any

from contractgate_core.engine.rules import system_clock

__all__ = ["ASK_CLOCK", "Names"]

ASK_CLOCK = "if now is None: now = clock()"
"""What stands in functions that need the time."""


class Names:
    """The names that a source may use, with what they are bound to."""

    def __init__(self) -> None:
        self._bound: dict[str, Any] = {"__name__": __name__, "clock": system_clock}

    def bind(self, value: object) -> str:
        """Bind a value to a new name."""
        name = f"n{len(self._bound)}"
        self._bound[name] = value
        return name

    def compile(self, source: str, name: str, **more: object) -> Any:
        """Compile a source, and give one of its functions; it may use further names, too."""
        names = {**self._bound, **more, "__loader__": _Source(source)}
        code = compile(source, f"contractgate codegen: {name}", "exec")
        exec(code, names)  # noqa: S102 - holds no text but that of our own modules
        return names[name]


class _Source:
    """Where `linecache`, and so a traceback, finds the lines of functions that have no file."""

    def __init__(self, text: str) -> None:
        self._text = text

    def get_source(self, name: str) -> str:
        """Give the source, as loaders of modules do."""
        return self._text
