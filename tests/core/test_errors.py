"""The exceptions: one root, useful texts, and safe to send to another process."""

from __future__ import annotations

import pickle

import pytest

import contractgate_core
from contractgate_core import (
    ContractCompileError,
    ContractGateError,
    EventDecodeError,
    EventEncodeError,
    InvalidEventError,
    PatternError,
    Violation,
    ViolationKind,
)

EXAMPLES = [
    ContractGateError("went wrong"),
    ContractCompileError("expected a list", filename="c.yaml", line=3, column=5, field="a.b"),
    PatternError("unclosed group", pattern="a(", position=1),
    EventDecodeError("expected a value", line=2, column=3, offset=9),
    EventEncodeError("NaN is no JSON", path="$.a[0]"),
    InvalidEventError("1 violation", violations=[Violation("a", "m", ViolationKind.UNKNOWN_FIELD)]),
]


def test_every_exception_has_one_root_and_an_example_here() -> None:
    """One `except` catches them all, and no new one goes untested."""
    public = [getattr(contractgate_core, name) for name in contractgate_core.__all__]
    exceptions = {
        value for value in public if isinstance(value, type) and issubclass(value, Exception)
    }
    assert all(issubclass(exception, ContractGateError) for exception in exceptions)
    assert exceptions == {type(example) for example in EXAMPLES}


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_an_exception_survives_pickle(error: ContractGateError) -> None:
    """With its text and all that it knows."""
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert str(copy) == str(error)
    assert vars(copy) == vars(error)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (EXAMPLES[1], "c.yaml:3:5: expected a list"),
        (ContractCompileError("no", line=3, column=5), "<contract>:3:5: no"),
        (ContractCompileError("no", filename="c.yaml"), "c.yaml: no"),
        (ContractCompileError("no"), "no"),
        (EXAMPLES[2], "unclosed group at position 1"),
        (PatternError("too large"), "too large"),
        (EXAMPLES[3], "expected a value (line 2, column 3, byte 9)"),
        (EXAMPLES[4], "$.a[0]: NaN is no JSON"),
    ],
)
def test_the_text_says_where_and_what(error: ContractGateError, text: str) -> None:
    """The place comes in the form that editors understand."""
    assert str(error) == text
