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


@cache
def _all_cases(category: str) -> tuple[dict[str, Any], ...]:
    with gzip.open(RECORDINGS / f"{category}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return tuple(json.loads(line) for line in lines)


def cases(category: str) -> tuple[dict[str, Any], ...]:
    """Give all cases of a category, and of the hand-made probes those of its kind.

    Args:
        category: A file of tests/conformance/recordings, such as `random`.
    """
    probes = [case for case in _all_cases("probes") if case["cat"] == category]
    return (*_all_cases(category), *probes)


def params(category: str) -> list[ParameterSet]:
    """Give the cases as parameters that are named by the case's id."""
    return [pytest.param(case, id=str(case["id"])) for case in cases(category)]


def some_params(*categories: str) -> list[ParameterSet]:
    """Give the cases of some categories, or every tenth where CONTRACTGATE_TESTS says `tenth`.

    For what is asked beyond the recorded answer itself, which every Python has to give.
    """
    step = 10 if os.environ.get("CONTRACTGATE_TESTS") == "tenth" else 1
    return [case for category in categories for case in params(category)][::step]
