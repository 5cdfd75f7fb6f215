r"""The gateway's regular expressions, exactly, in time linear in the text.

>>> from contractgate_core.regex import compile_pattern
>>> pattern = compile_pattern(r"^\p{Lu}[0-9]{3}$")
>>> pattern.search("Å042"), pattern.search("Å042\n")
(True, False)

The dialect is that of docs/spec/contract-format.md, section 4; docs/regex.md describes it for
readers who know Python's `re`.
"""

from __future__ import annotations

from contractgate_core.regex.effort import Effort, EffortError
from contractgate_core.regex.pattern import Pattern, compile_pattern

__all__ = ["Effort", "EffortError", "Pattern", "compile_pattern"]
