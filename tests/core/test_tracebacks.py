"""No traceback of a public call shows an event, however it is rendered."""

from __future__ import annotations

import builtins
import gzip
import inspect
from typing import Any, Optional, cast

import pytest

from contractgate_core import CompiledContract, Contract, ContractGateError, ValidationResult
from contractgate_core._tracebacks import cut
from contractgate_core.events.encode import encode_event, sent_value
from contractgate_core.models import IngestEventResult
from contractgate_core.results import Violation, ViolationKind
from contractgate_core.scan.scan import Scan
from shown_frames import faults_shown, frames, ours, rendered

YAML = """
version: "1"
name: people
ontology:
  entities:
    - {name: email, type: string, transform: {kind: mask}, pattern: "^x$"}
    - {name: n, type: number, required: false}
envelope: {records_path: records}
"""


@pytest.fixture(autouse=True)
def _cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ignore the setting of whoever runs the tests."""
    monkeypatch.delenv("CONTRACTGATE_TRACEBACKS", raising=False)


def mark() -> str:
    """Make the marked value, which is in no source line."""
    return "@".join(["marked-person", "mail.example"])


def event(**more: Any) -> dict[str, Any]:
    """Make a marked event."""
    return {"email": mark(), **more}


def text() -> bytes:
    """Make a marked text that is not JSON."""
    return f'{{"email": "{mark()}", oops}}'.encode()


def compiled() -> CompiledContract:
    """Compile the contract."""
    return Contract.from_yaml(YAML).compile()


class Keys(dict):  # type: ignore[type-arg]
    """An object whose members raise an error the first time; showing it asks again."""

    is_shown = False

    def items(self) -> Any:
        """Fail in the user's own code."""
        if self.is_shown:
            return ()
        self.is_shown = True
        raise KeyboardInterrupt


def read(scan: Scan) -> None:
    """Go through a scan."""
    for _ in scan:
        pass


class Source:
    """A file that ends early."""

    def read(self, _: int) -> bytes:
        """Fail in the user's own code."""
        raise OSError("broken")


def drawn(use: Any) -> BaseException:
    """Return the error that a call raises."""
    try:
        use()
    except BaseException as error:
        return error
    raise AssertionError("nothing was raised")


CALLS: dict[str, Any] = {
    "validate": lambda c: c.validate(event(n=float("nan"))),
    "validate, interrupted": lambda c: c.validate(event(n=Keys())),
    "is_valid": lambda c: c.is_valid(event(n={1})),
    "validate_json": lambda c: c.validate_json(text()),
    "validate_json, str": lambda c: c.validate_json(text().decode()),
    "validate_json, other": lambda c: c.validate_json([event()]),
    "validate_batch": lambda c: c.validate_batch([event(), event(n=float("inf"))]),
    "validate_batch, one": lambda c: c.validate_batch(event()),
    "validate_batch_json": lambda c: c.validate_batch_json(b"[" + text()),
    "validate_batch_json, lines": lambda c: c.validate_batch_json(text(), ndjson=True),
    "validate_envelope": lambda c: c.validate_envelope({"records": [event(n={1})]}),
    "validate_envelope_json": lambda c: c.validate_envelope_json(text()),
    "check_value": lambda c: c.check_value(event(), nothing=1),
    "begin_batch": lambda c: c.begin_batch(now=0)(*[event()] * 2),
    "check_envelope_value": lambda c: c.check_envelope_value(event(), nothing=1),
    "scan": lambda c: c.scan(text(), workers=0),
    "scan, read": lambda c: read(c.scan(Source())),
    "scan, chunks": lambda c: read(c.scan([text(), mark()])),
    "raise": lambda c: c.validate(event()).raise_for_violations(),
    "encode": lambda c: encode_event(event(n={1})),
    "sent": lambda c: sent_value(event(n={1})),
    "from_dict": lambda c: ValidationResult.from_dict({"passed": event()}),
    "from_dict, violation": lambda c: Violation.from_dict({"field": event()}),
    "from_dict, model": lambda c: IngestEventResult.from_dict({"passed": event()}),
    "compile": lambda c: Contract.from_yaml(YAML.replace("^x$", "(")).compile(),
    "from_yaml": lambda c: Contract.from_yaml("name: ["),
}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("is_warm", [False, True])
def test_no_traceback_shows_an_event(name: str, is_warm: bool) -> None:
    """And at most two frames are ours."""
    validator = compiled()
    for number in range(40 if is_warm else 0):
        validator.validate({"email": "x", "n": number})
        validator.validate_json(f'{{"email": "y", "n": {number}}}')
    error = drawn(lambda: CALLS[name](validator))
    assert 1 <= len(ours(error)) <= 2
    assert faults_shown(error, [mark()]) == []


def test_every_method_of_a_compiled_contract_is_among_them() -> None:
    """So that a new one is, too."""
    found = {
        name
        for name, _ in inspect.getmembers(CompiledContract, inspect.isfunction)
        if not name.startswith("_")
    }
    assert found == {name.partition(",")[0] for name in CALLS} & {*dir(CompiledContract)}


@pytest.mark.parametrize(
    "data",
    [
        text() + b"\n{}\n",
        b"[" + text() + b"]",
        b'[{"email": "x"}, ' + text(),
        text(),
        gzip.compress(b'{"email": "x"}\n' + text() + b"\n" * 9)[:-9],
    ],
    ids=["lines", "array", "broken array", "one", "gzip"],
)
def test_the_errors_of_failed_records_hold_no_frames(data: bytes) -> None:
    """They are returned, not raised, and frames would keep the record."""
    with compiled().scan(data) as scan:
        errors = [failed.error for failed in scan if failed.error is not None]
    assert errors
    for error in errors:
        assert list(frames(error)) == []


def test_the_users_own_frames_stay() -> None:
    """If an event's own code, or a file's, failed."""
    for use, name in (
        (lambda: compiled().validate(Keys(event())), "items"),
        (lambda: read(compiled().scan(cast("Any", Source()))), "read"),
    ):
        trace, names = drawn(use).__traceback__, []
        while trace is not None:
            names.append(trace.tb_frame.f_code.co_name)
            trace = trace.tb_next
        assert names[-1] == name


def test_an_error_that_was_there_before_keeps_its_frames() -> None:
    """It is the context of our error, and not ours to cut."""
    try:
        raise LookupError
    except LookupError as before:
        error: Optional[BaseException] = drawn(lambda: compiled().validate(event(n={1})))
        trace = before.__traceback__
        while error is not before:
            assert error is not None
            error = error.__context__
        assert trace is before.__traceback__ is not None


def test_causes_in_circles_are_cut() -> None:
    """Each once."""
    one, other = _caught_by_us(), _caught_by_us()
    one.__cause__, other.__context__ = other, one
    cut(one)
    assert one.__traceback__ is None
    assert other.__traceback__ is None


@pytest.mark.skipif(not hasattr(builtins, "ExceptionGroup"), reason="new in Python 3.11")
def test_errors_in_a_group_are_cut() -> None:
    """As its causes are."""
    member, cause = _caught_by_us(), _caught_by_us()
    member.__cause__ = cause
    group: BaseException = builtins.ExceptionGroup("some", [member])  # type: ignore[attr-defined]
    cut(group)
    assert member.__traceback__ is None
    assert cause.__traceback__ is None


def _caught_by_us() -> BaseException:
    """Return an error as one of our functions would catch it: its traceback begins with us."""
    error = drawn(lambda: encode_event({1}))
    while error.__traceback__ not in ours(error):
        assert error.__traceback__ is not None
        error.__traceback__ = error.__traceback__.tb_next
    return error


def test_masked_values_are_masked_for_rich_too() -> None:
    """It shows structs in its own way."""
    result = compiled().validate(event())
    assert result.violations[0].kind == ViolationKind.PATTERN_MISMATCH
    error = drawn(lambda: _raise_beside(result, result.violations))
    assert mark() not in rendered(error)
    assert mark() in result.violations[0].message


def _raise_beside(*local: object) -> None:
    raise ContractGateError
