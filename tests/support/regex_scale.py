"""How large the heavy tests of patterns are: whole on one Python, a tenth on the others."""

from __future__ import annotations

import os

__all__ = ["scaled"]


def scaled(count: int) -> int:
    """Return a count, or a tenth of it where CONTRACTGATE_TESTS says `tenth`."""
    return count // 10 if os.environ.get("CONTRACTGATE_TESTS") == "tenth" else count
