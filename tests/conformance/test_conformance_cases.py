"""How the recorded cases are run: none is passed over, and each that fails is named."""

from __future__ import annotations

from typing import Any

import pytest

from recordings import Case, for_each


def test_each_case_is_tried_and_each_that_fails_is_named() -> None:
    """Whatever others do that run in the same test."""
    tried: list[int] = []

    @for_each({"id": number} for number in range(120))
    def check(case: Case) -> None:
        tried.append(case["id"])
        assert case["id"] not in (3, 47, 119)
        if case["id"] == 5:
            pytest.fail("as a test may say it, too")

    function: Any = check
    [mark] = (one for one in function.pytestmark if one.name == "parametrize")
    failures = []
    for part in mark.args[1]:
        try:
            check(part)
        except AssertionError as error:
            failures.append(str(error))
    assert tried == list(range(120))
    assert failures == ["3 of 50 cases: 3, 5, 47", "1 of 20 cases: 119"]
    assert mark.kwargs["ids"] == ["0..49", "50..99", "100..119"]
