"""The exceptions: one root, useful texts, and safe to send to another process."""

from __future__ import annotations

import builtins
import collections.abc
import copy
import pickle
import pickletools
import threading
from collections.abc import Iterator
from typing import Any, Callable

import pytest

import contractgate_core
from contractgate_core import (
    AuthError,
    BadRequestError,
    BatchTooLargeError,
    ClientStateError,
    ConflictError,
    ConnectionError,  # noqa: A004 - also the builtin one
    ContractCompileError,
    ContractGateError,
    DeprecatedVersionError,
    EventDecodeError,
    EventEncodeError,
    HTTPError,
    IdempotencyConflictError,
    IngestInterruptedError,
    InvalidEventError,
    NotFoundError,
    PatternError,
    PayloadTooLargeError,
    PermissionDeniedError,
    PlanLimitError,
    RateLimitError,
    ResponseDecodeError,
    ServerError,
    TimeoutError,  # noqa: A004 - also the builtin one
    ValidationFailedError,
    Violation,
    ViolationKind,
)
from contractgate_core.errors import Attempt


def by_pickle(error: Any) -> Any:
    """Pickle and unpickle an exception, as another process would."""
    return pickle.loads(pickle.dumps(error))


EXAMPLES = [
    ContractGateError("went wrong"),
    ContractCompileError("expected a list", filename="c.yaml", line=3, column=5, field="a.b"),
    PatternError("unclosed group", pattern="a(", position=1),
    EventDecodeError("expected a value", line=2, column=3, offset=9),
    EventEncodeError("NaN is no JSON", path="$.a[0]"),
    InvalidEventError("1 violation", violations=[Violation("a", "m", ViolationKind.UNKNOWN_FIELD)]),
    BatchTooLargeError("1001 events", size=1001, limit=1000),
    ClientStateError("closed"),
    ConnectionError("refused", method="GET", url="https://h/", was_sent=False),
    TimeoutError("no answer", method="GET", url="https://h/"),
    ResponseDecodeError("no JSON", status=200, body=b"<", headers={"a": "b"}),
    IngestInterruptedError("stopped", answered=[range(3)], not_sent=[range(3, 5)], taken=5),
    HTTPError("teapot", status=418, body={"error": "teapot"}, headers={"a": "b"}),
    BadRequestError("no", status=400),
    AuthError("no", status=401),
    PermissionDeniedError("no", status=403),
    NotFoundError("no", status=404),
    ConflictError("no", status=409),
    PayloadTooLargeError("no", status=413),
    ValidationFailedError("no", status=422),
    DeprecatedVersionError("no", status=422),
    IdempotencyConflictError("no", status=422),
    RateLimitError("no", status=429),
    PlanLimitError("no", status=429),
    ServerError("no", status=503),
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
    """With its text and everything that it knows."""
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert str(copy) == str(error)
    assert vars(copy) == vars(error)


def test_a_pickle_of_before_is_read() -> None:
    """A try that did not yet record whether anything was sent does not know it."""
    old = (
        b"\x80\x02ccontractgate_core.errors\nConnectionError\nX\x04\x00\x00\x00goneq\x00\x85R"
        b"}(X\x07\x00\x00\x00messageh\x00X\x06\x00\x00\x00methodNX\x03\x00\x00\x00urlNX\x08\x00\x00"
        b"\x00was_sent\x89X\x07\x00\x00\x00historyccontractgate_core.errors\nAttempt\n(K\x01NX\x07"
        b"\x00\x00\x00refusedG?\xe0\x00\x00\x00\x00\x00\x00t\x81\x85ub."
    )
    error = pickle.loads(old)
    assert (str(error), error.was_sent) == ("gone", False)
    assert error.history == (Attempt(1, None, "refused", 0.5, was_sent=True),)


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_a_pickle_names_no_module_of_errors_but_one(error: ContractGateError) -> None:
    """The one that it always named, so that other versions of core read it."""
    held: Any = copy.copy(error)
    held.history = (Attempt(1, None, "refused", 0.5),)
    named = {
        argument
        for code, argument, _ in pickletools.genops(pickle.dumps(held, protocol=0))
        if code.name == "GLOBAL" and "error" in str(argument).partition(" ")[0]
    }
    assert named == {
        f"contractgate_core.errors {name}" for name in (type(error).__name__, "_remake", "Attempt")
    }


def deep(levels: int) -> Any:
    """Make an answer that nests this many levels, and that no `==` can compare."""
    body: Any = {"error": "no"}
    for _ in range(levels):
        body = {"in": [body]}
    return body


def levels_of(body: Any) -> int:
    """Count the levels of such an answer."""
    levels = 0
    while "in" in body:
        body, levels = body["in"][0], levels + 1
    assert body == {"error": "no"}
    return levels


class Headers(collections.abc.Mapping[str, str]):
    """Headers that cannot be pickled."""

    def __init__(self) -> None:
        self.lock = threading.Lock()

    def __getitem__(self, name: str) -> str:
        return {"a": "b"}[name]

    def __iter__(self) -> Iterator[str]:
        return iter(["a"])

    def __len__(self) -> int:
        return 1


class Broken:
    """Raises an error at every access."""

    def __reduce__(self) -> str:
        raise SystemError("no")

    def __repr__(self) -> str:
        raise SystemError("no")

    def __eq__(self, _: object) -> bool:
        raise SystemError("no")

    __hash__ = None  # type: ignore[assignment]


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("again", [by_pickle, copy.copy, copy.deepcopy])
def test_an_exception_survives_whatever_it_holds(
    error: ContractGateError, again: Callable[[Any], Any]
) -> None:
    """An answer with many levels, foreign headers, a cause, notes: nothing stops it."""
    held: Any = copy.copy(error)
    circle: list[Any] = [1]
    circle.append(circle)
    held.body, held.headers = deep(2_000), Headers()
    held.circle, held.broken, held.pair = circle, Broken(), (1, threading.Lock())
    held.__notes__ = ["while testing"]
    held.__cause__ = ValueError(threading.Lock())
    found = again(held)
    assert (type(found), str(found), found.args) == (type(error), str(error), error.args)
    assert levels_of(found.body) == 2_000
    assert dict(found.headers) == {"a": "b"}
    assert found.circle[1] is found.circle
    assert found.pair[0] == 1
    assert found.__notes__ == ["while testing"]
    if again is by_pickle:
        assert found.broken == "<Broken that cannot be pickled>"
        assert found.pair[1] == "<lock that cannot be pickled>"


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_a_copy_is_one_of_its_own(error: ContractGateError) -> None:
    """Setting something on it leaves the other alone; a deep copy shares no list or dict."""
    held: Any = copy.copy(error)
    held.body = {"a": [1]}
    shallow, whole = copy.copy(held), copy.deepcopy(held)
    assert vars(shallow) == vars(whole) == vars(held)
    assert shallow.body is held.body
    assert whole.body["a"] is not held.body["a"]
    shallow.more = 1
    assert not hasattr(held, "more")


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (EXAMPLES[1], "c.yaml:3:5: expected a list"),
        (ContractCompileError("no", line=3, column=5), "<contract>:3:5: no"),
        (ContractCompileError("no", filename="c.yaml"), "c.yaml: no"),
        (ContractCompileError("no"), "no"),
        (EXAMPLES[2], "at position 1: unclosed group"),
        (PatternError("too large"), "too large"),
        (EXAMPLES[3], "expected a value (line 2, column 3, byte 9)"),
        (EXAMPLES[4], "$.a[0]: NaN is no JSON"),
    ],
)
def test_the_text_says_where_and_what(error: ContractGateError, text: str) -> None:
    """The place comes in the form that editors understand."""
    assert str(error) == text


def test_a_lost_connection_is_also_the_builtin_error() -> None:
    """So that code that knows nothing about ContractGate can handle it."""
    lost = TimeoutError("no answer")
    assert isinstance(lost, ConnectionError)
    assert isinstance(lost, builtins.ConnectionError)
    assert isinstance(lost, builtins.TimeoutError)
    assert isinstance(lost, OSError)


def test_the_repr_of_a_refusal_shows_neither_body_nor_headers() -> None:
    """The body may hold events, the headers cookies."""
    error = NotFoundError("gone", status=404, body={"e": "alice"}, headers={"set-cookie": "s"})
    assert repr(error) == "NotFoundError('gone', status=404)"
