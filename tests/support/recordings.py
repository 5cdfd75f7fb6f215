"""The recorded answers of a gateway, as parameters of tests."""

from __future__ import annotations

import gzip
import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from _pytest.mark.structures import ParameterSet

__all__ = ["RECORDINGS", "cases", "params", "some_params"]

RECORDINGS = Path(__file__).parents[1] / "conformance" / "recordings"

_MIXED = ("probes", "fresh")
"""Hand-made cases of all kinds, and what was recorded last, which is right where others differ."""


@cache
def _all_cases(category: str) -> tuple[dict[str, Any], ...]:
    with gzip.open(RECORDINGS / f"{category}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return tuple(json.loads(line) for line in lines)


def cases(category: str) -> tuple[dict[str, Any], ...]:
    """Give all cases of a category, and those of its kind in the files of many kinds.

    Args:
        category: A file of tests/conformance/recordings, such as `random`.
    """
    mixed = [case for name in _MIXED for case in _all_cases(name) if case["cat"] == category]
    return (*_all_cases(category), *mixed)


def params(category: str) -> list[ParameterSet]:
    """Give the cases as parameters that are named by the case's id."""
    return [pytest.param(case, id=str(case["id"])) for case in cases(category)]


def some_params(*categories: str) -> list[ParameterSet]:
    """Give the cases of some categories, or every tenth where CONTRACTGATE_TESTS says `tenth`.

    For what is asked beyond the recorded answer itself, which every Python has to give.
    """
    step = 10 if os.environ.get("CONTRACTGATE_TESTS") == "tenth" else 1
    return [case for category in categories for case in params(category)][::step]
