"""The recorded answers of a gateway, and the tests that are held to them."""

from __future__ import annotations

import functools
import gzip
import json
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

__all__ = ["RECORDINGS", "Case", "cases", "for_each"]

RECORDINGS = Path(__file__).parents[1] / "conformance" / "recordings"

_MIXED = ("probes", "fresh")
"""Hand-made cases of all kinds, and what was recorded last, which is right where others differ."""

_TOGETHER = 50
"""Cases in one test: pytest needs longer to run a test than most cases take."""

Case = dict[str, Any]
Test = Callable[..., None]


@cache
def _all_cases(category: str) -> tuple[Case, ...]:
    with gzip.open(RECORDINGS / f"{category}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return tuple(json.loads(line) for line in lines)


def cases(*categories: str) -> list[Case]:
    """Return all cases of some categories, and those of their kinds in the files of many kinds.

    Args:
        categories: Files of tests/conformance/recordings, such as `random`.
    """
    mixed = [case for name in _MIXED for case in _all_cases(name)]
    return [
        case
        for category in categories
        for case in (*_all_cases(category), *(case for case in mixed if case["cat"] == category))
    ]


def for_each(recorded: Iterable[Case]) -> Callable[[Test], Test]:
    """Run a test, whose first argument is `case`, for each of some cases, fifty at a time.

    A failure names all cases that failed, and shows how the first did. What runs is not counted as
    covered: it takes three times as long, and other tests cover all of it.
    """
    listed = list(recorded)
    parts = [listed[start : start + _TOGETHER] for start in range(0, len(listed), _TOGETHER)]
    ids = [f"{part[0]['id']}..{part[-1]['id']}" for part in parts]

    def decorate(test: Test) -> Test:
        @pytest.mark.untraced
        @pytest.mark.parametrize("case", parts, ids=ids)
        @functools.wraps(test)
        def together(case: list[Case], **fixtures: object) -> None:
            failed: dict[str, BaseException] = {}
            for one in case:
                try:
                    test(one, **fixtures)
                except (Exception, pytest.fail.Exception) as error:
                    failed[str(one["id"])] = error
            if failed:
                first = next(iter(failed.values()))
                names = ", ".join(failed)
                raise AssertionError(f"{len(failed)} of {len(case)} cases: {names}") from first

        return together

    return decorate
