"""`contractgate ingest`: a file, its outcomes, and records that cannot be sent."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Optional

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contractgate_core.cli import main
from contractgate_http import Client, RetryPolicy

ID = "11111111-1111-4111-8111-111111111111"
YAML = "version: '1'\nname: n\nontology: {entities: [{name: n, type: integer}]}"


@pytest.fixture
def gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """A gateway in a file, which the command finds through the environment."""
    url = f"local:{tmp_path}/gate.db"
    monkeypatch.setenv("CONTRACTGATE_BASE_URL", url)
    with Client(url) as client:
        yield client


@pytest.fixture
def contract_id(gate: Client) -> str:
    """A contract with one field."""
    return gate.deploy("n", YAML).contract_id


def ndjson(tmp_path: Path, *lines: str) -> str:
    """Write a file of lines."""
    path = tmp_path / "events.ndjson"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


def outcomes(path: Path) -> list[dict[str, Any]]:
    """Read an outcome file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_file_is_sent(
    gate: Client, contract_id: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """In as many requests as needed."""
    file = ndjson(tmp_path, *(f'{{"n": {n}}}' for n in range(2500)))
    assert main(["ingest", file, "--contract", contract_id]) == 0
    told = f"PASSED  {file}: 2,500 events sent: 2,500 passed, 0 failed\n"
    assert capfd.readouterr() == (told, "")
    assert gate.stats().total_events == 2500


TYPE_MISMATCH = "    type_mismatch  Field 'n' expected type Integer, got string\n"


def test_what_failed_and_what_was_no_event_is_told(
    gate: Client, contract_id: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """By field and kind, with its places, and without its values."""
    file = ndjson(tmp_path, '{"n": 1}', "", '{"n": "alice"}', '{"n": ', '{"n": 2}')
    told = tmp_path / "outcomes"
    assert main(["ingest", file, "--contract", contract_id, "--outcomes", str(told)]) == 1
    captured = capfd.readouterr()
    assert captured.out.splitlines() == [
        f"{file}:3: record 2 has 1 violation",
        "    type_mismatch  Field 'n' expected type Integer, got string",
        f"{file}:4:7: record 3 is not JSON: expected a JSON value, got the end of the text",
        "",
        "       1  type_mismatch  n",
        "       1  not JSON",
        "",
        f"FAILED  {file}: 3 events sent: 2 passed, 1 failed; 1 record not sent",
    ]
    assert captured.err == ""
    held = next(iter(gate.iter_quarantine())).id
    assert [(one["record"], one["line"], one.get("passed")) for one in outcomes(told)] == [
        (1, 1, True),
        (2, 3, False),
        (3, 4, None),
        (4, 5, True),
    ]
    _, failed, broken, _ = outcomes(told)
    assert failed["quarantine_id"] == held
    assert failed["violations"] == [{"field": "n", "kind": "type_mismatch"}]
    assert "line 4, column 7" in broken["error"]
    assert "alice" not in told.read_text(encoding="utf-8") + captured.out


def test_a_record_that_is_no_json_is_told_as_test_tells_it(
    contract_id: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Word for word."""
    contract = tmp_path / "c.yaml"
    contract.write_text(YAML, encoding="utf-8")
    file = ndjson(tmp_path, '{"n": 1}', '{"n" 1}')
    assert main(["test", "--contract", str(contract), "--data", file]) == 1
    first = capfd.readouterr().out.splitlines()[0]
    assert main(["ingest", file, "--contract", contract_id]) == 1
    assert capfd.readouterr().out.splitlines()[0] == first


def test_as_many_failing_records_are_written_as_are_wanted(
    contract_id: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """All are counted; --quiet writes none, and no table either."""
    file = ndjson(tmp_path, *(['{"n": 1}', "{", '{"n": "x"}', "{}"] * 25))
    for options, shown in (([], 20), (["--max-failures", "2"], 2), (["--max-failures", "0"], 0)):
        assert main(["ingest", file, "--contract", contract_id, "--dry-run", *options]) == 1
        told = capfd.readouterr().out
        assert told.count(": record ") == shown
        assert f"… and {75 - shown} more failing records (see --max-failures)" in told
        assert "\n      25  type_mismatch           n\n" in told
        assert "\n      25  missing_required_field  n\n" in told
    assert main(["ingest", file, "--contract", contract_id, "-q"]) == 1
    sentence = "75 events sent: 25 passed, 50 failed; 25 records not sent"
    assert capfd.readouterr().out == f"FAILED  {file}: {sentence}\n"


def test_a_version_that_is_no_longer_in_use_is_told(
    gate: Client, contract_id: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """And what to do about it."""
    gate.create_version(contract_id, "2", YAML)
    gate.promote_version(contract_id, "2")
    gate.deprecate_version(contract_id, "1")
    file = ndjson(tmp_path, '{"n": 1}')
    command = ["ingest", file, "--contract", contract_id]
    assert main([*command, "--version", "1"]) == 10
    told = capfd.readouterr().err
    assert "is deprecated" in told
    assert "leave out --version, or name one that is in use" in told
    assert "--idempotency-key" not in told
    assert main(command) == 0


@pytest.mark.parametrize("form", ["array", "object", "gzip", "stdin"])
def test_events_come_in_any_form(
    form: str,
    gate: Client,
    contract_id: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An array, one object, compressed, or through a pipe."""
    text = {"array": '[{"n": 1},\n {"n": 2}]', "object": '{\n"n": 1\n}'}.get(form, '{"n": 1}\n')
    data = gzip.compress(text.encode()) if form == "gzip" else text.encode()
    path = tmp_path / "events"
    path.write_bytes(data)
    if form == "stdin":
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    name = "-" if form == "stdin" else str(path)
    assert main(["ingest", name, "--contract", contract_id, "--quiet"]) == 0
    assert gate.stats().passed_events == (2 if form == "array" else 1)


def test_events_are_sent_as_they_stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The gateway does not read every float exactly, so rewriting one could change it."""
    sent: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request.content)
        result = {"passed": True, "violations": [], "contract_version": "1"}
        totals = {"total": 2, "passed": 2, "failed": 0, "resolved_version": "1"}
        return httpx.Response(200, json={**totals, "results": [result, result]})

    def make(*_: object, **options: Any) -> Client:
        return Client("http://gw", transport=httpx.MockTransport(answer), **options)

    monkeypatch.setattr("contractgate_http.client.Client", make)
    text = '{"n": 0.30000000000000004440892098500626}'
    file = ndjson(tmp_path, text, '{"n":  1e2}')
    assert main(["ingest", file, "--contract", ID, "-q"]) == 0
    assert sent == [f'[{text},{{"n":  1e2}}]'.encode()]


def test_a_dry_run_stores_nothing(
    gate: Client, contract_id: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """And says that it only checked."""
    file = ndjson(tmp_path, '{"n": 1}')
    assert main(["ingest", file, "--contract", contract_id, "--dry-run"]) == 0
    assert capfd.readouterr().out == f"PASSED  {file}: 1 event checked: 1 passed, 0 failed\n"
    assert gate.stats().total_events == 0


def test_the_same_key_stores_nothing_twice(gate: Client, contract_id: str, tmp_path: Path) -> None:
    """However often the command is repeated."""
    file = ndjson(tmp_path, '{"n": 1}', '{"n": 2}')
    for _ in range(3):
        assert main(["ingest", file, "--contract", contract_id, "--idempotency-key", "k"]) == 0
    assert gate.stats().total_events == 2


@pytest.mark.parametrize(
    ("arguments", "code", "error"),
    [
        (["/no/such/file", "--contract", ID], 2, "/no/such/file: No such file or directory"),
        (["/", "--contract", ID], 2, "/: Is a directory"),
        (["FILE", "--contract", ""], 2, "expected the name or id of a contract, got an empty"),
        (["FILE", "--contract", ID], 12, f"Contract not found: {ID}; nothing was stored"),
        (["FILE", "--contract", "n", "--version", "7"], 12, "Version 7 not found on contract"),
        (["FILE", "--contract", ID, "--base-url", "ftp://x"], 2, "got the scheme 'ftp'"),
        (["FILE", "--contract", "n", "--outcomes", "/no/such/place"], 2, "/no/such/place: No such"),
        (["FILE", "--contract", "n", "--outcomes", "/dev/full"], 2, "to /dev/full: No space left"),
        (["FILE", "--contract", "n", "--outcomes", "FILE"], 2, "is the file of the events"),
        (["FILE", "--contract", "n", "--idempotency-key", "é"], 2, "visible ASCII"),
    ],
)
@pytest.mark.usefixtures("contract_id")
def test_what_cannot_be_done_is_told_without_a_traceback(
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    arguments: list[str],
    code: int,
    error: str,
) -> None:
    """In one line on standard error, with the exit code for its kind."""
    file = ndjson(tmp_path, '{"n": 1}')
    assert main(["ingest", *[file if one == "FILE" else one for one in arguments]]) == code
    captured = capfd.readouterr()
    assert error in captured.err
    assert "Traceback" not in captured.err
    assert Path(file).read_text(encoding="utf-8") == '{"n": 1}\n'


class Terminal(io.StringIO):
    """Standard error as a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


def test_progress_is_shown_to_a_person(
    contract_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And taken away at the end."""
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setattr("contractgate_core.cli.progress._SECONDS_BETWEEN", 0)
    file = ndjson(tmp_path, '{"n": 1}', '{"n": "x"}')
    assert main(["ingest", file, "--contract", contract_id]) == 1
    assert "\r\x1b[K1 event, 0 failed" in screen.getvalue()
    assert screen.getvalue().endswith("\r\x1b[K")


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("NO_PROXY", "fe80::/10", "NO_PROXY=fe80::/10: "),
        ("ALL_PROXY", "socks5://me:hunter2@127.0.0.1:1", "ALL_PROXY=socks5://***@127.0.0.1:1: "),
        ("HTTPS_PROXY", "http://me:hunter2@[::1", "HTTPS_PROXY=http://***@[::1: "),
        ("SSL_CERT_FILE", "/nope.pem", "SSL_CERT_FILE=/nope.pem: "),
        ("SSL_CERT_DIR", "/nope", "SSL_CERT_DIR=/nope: "),
        ("ALL_PROXY", "http://me:hunter2@127.0.0.1:1", "by ALL_PROXY=http://***@127.0.0.1:1)"),
    ],
)
def test_an_environment_that_leads_nowhere_is_named(
    name: str,
    value: str,
    shown: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Without credentials, even if the error comes only with the first request."""
    monkeypatch.setitem(sys.modules, "socksio", None)
    monkeypatch.setenv(name, value)
    url = "https://gw.example.com"
    file = ndjson(tmp_path, '{"n": 1}')
    monkeypatch.setattr(RetryPolicy, "pause", lambda *_, **__: None)
    code = 10 if "by ALL_PROXY" in shown else 2
    assert main(["ingest", file, "--contract", ID, "--base-url", url]) == code
    captured = capfd.readouterr()
    assert shown in captured.err
    assert "hunter2" not in captured.err
    assert "Traceback" not in captured.err
    assert captured.err.count("\n") == 1
    assert captured.out == ""


Answer = Callable[[httpx.Request], httpx.Response]


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch) -> Callable[[Answer], None]:
    """Let a function answer the command's requests."""

    def answer_by(answer: Answer) -> None:
        def make(*_: object, **options: Any) -> Client:
            options["retries"] = None
            return Client("http://gw", transport=httpx.MockTransport(answer), **options)

        monkeypatch.setattr("contractgate_http.client.Client", make)

    return answer_by


def accepted(request: httpx.Request) -> httpx.Response:
    """Answer that all events pass."""
    count = len(json.loads(request.content))
    result = {"passed": True, "violations": [], "contract_version": "1"}
    totals = {"total": count, "passed": count, "failed": 0, "resolved_version": "1"}
    return httpx.Response(200, json={**totals, "results": [result] * count})


def refused(request: httpx.Request) -> httpx.Response:
    """Refuse the connection."""
    raise httpx.ConnectError("[Errno 111] Connection refused", request=request)


def lost(request: httpx.Request) -> httpx.Response:
    """Lose the connection."""
    raise httpx.ReadError("the connection was reset", request=request)


def status(number: int, **body: Any) -> Answer:
    """Answer with a status."""
    return lambda _: httpx.Response(number, json={"error": "no", **body})


NOTHING, UNSURE = "; nothing was stored", "; of 3 events read, 3 sent without an answer"


@pytest.mark.parametrize(
    ("answer", "code", "fate", "hints"),
    [
        (status(401), 11, NOTHING, ["CONTRACTGATE_API_KEY is not set"]),
        (status(403), 11, NOTHING, []),
        (status(404), 12, NOTHING, []),
        (status(400), 10, NOTHING, []),
        (status(409), 10, NOTHING, []),
        (status(413), 10, NOTHING, ["shorter requests"]),
        (status(422), 10, NOTHING, []),
        (status(422, error="idempotency_conflict"), 10, NOTHING, ["leave out --idempotency-key"]),
        (status(429), 10, NOTHING, []),
        (status(429, error="plan_limit_exceeded"), 10, NOTHING, []),
        (status(301), 10, NOTHING, []),
        (status(500), 10, UNSURE, ["repeat the command with --idempotency-key k "]),
        (status(503), 10, UNSURE, ["repeat the command with --idempotency-key k "]),
        (lambda _: httpx.Response(200, text="<html>"), 10, UNSURE, ["URL of a gateway?", "once"]),
        (refused, 10, "Connection refused; nothing was sent", []),
        (lost, 10, UNSURE, ["repeat the command with --idempotency-key k "]),
    ],
)
def test_advice_and_exit_code_follow_from_what_happened(
    answered: Callable[[Answer], None],
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    answer: Answer,
    code: int,
    fate: str,
    hints: list[str],
) -> None:
    """To repeat the command is advised only if something may be stored, and never in a dry run."""
    answered(answer)
    file = ndjson(tmp_path, '{"n": 1}', '{"n": 2}', '{"n": 3}')
    command = ["ingest", file, "--contract", ID, "--idempotency-key", "k"]
    assert main(command) == code
    captured = capfd.readouterr()
    first, *rest = captured.err.splitlines()
    assert fate in first
    assert len(rest) == len(hints)
    assert all(hint in line for hint, line in zip(hints, rest))
    assert captured.out == ""
    assert main([*command, "--dry-run"]) == code
    captured = capfd.readouterr()
    assert "stored" not in captured.err
    assert "repeat" not in captured.err


def test_what_was_sent_before_a_refusal_is_not_sent_anew(
    answered: Callable[[Answer], None], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The gateway has stored the events before it; the outcomes say which."""
    answers = iter([accepted, accepted, accepted, accepted, status(401)])
    answered(lambda request: next(answers)(request))
    file, told = ndjson(tmp_path, *(['{"n": 1}'] * 4500)), tmp_path / "outcomes"
    assert main(["ingest", file, "--contract", ID, "--outcomes", str(told)]) == 11
    captured = capfd.readouterr()
    assert captured.out == (f"STOPPED  {file}: so far, 4,000 events sent: 4,000 passed, 0 failed\n")
    assert "; of 4,500 events read, 4,000 answered, 500 refused\n" in captured.err
    assert "once that is fixed, repeat the command with --idempotency-key " in captured.err
    rows = outcomes(told)
    assert [row["record"] for row in rows] == [*range(1, 4501)]
    assert {row["error"] for row in rows[4000:]} == {"refused"}
    assert all(row["passed"] for row in rows[:4000])


class BrokenOff(io.BytesIO):
    """An input that ends with an exception."""

    def __init__(self, data: bytes, error: BaseException) -> None:
        super().__init__(data)
        self._error = error

    def read(self, size: Optional[int] = -1) -> bytes:
        data = super().read(size)
        if not data:
            raise self._error
        return data


def test_a_run_that_is_interrupted_says_how_to_go_on(
    answered: Callable[[Answer], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """With the key that prevents storing the sent events twice."""
    answered(accepted)
    source = BrokenOff(b'{"n": 1}\n' * 5000, KeyboardInterrupt())
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=source))
    told = tmp_path / "outcomes"
    assert main(["ingest", "-", "--contract", ID, "--outcomes", str(told)]) == 130
    captured = capfd.readouterr()
    assert "<stdin>: so far, 4,000 events sent" in captured.out
    assert "repeat the command with --idempotency-key " in captured.err
    assert captured.err.endswith("contractgate: interrupted\n")
    assert len(outcomes(told)) == 4000
    source.seek(0)
    source.truncate()
    assert main(["ingest", "-", "--contract", ID]) == 130
    assert capfd.readouterr() == ("", "contractgate: interrupted\n")


def test_a_file_that_cannot_be_read_to_its_end_is_named(
    answered: Callable[[Answer], None],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """The gateway is not at fault, and may have stored what was sent."""
    answered(accepted)
    source = BrokenOff(b'{"n": 1}\n' * 5000, OSError(5, "Input/output error"))
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=source))
    assert main(["ingest", "-", "--contract", ID]) == 2
    told = capfd.readouterr().err
    assert told.startswith("contractgate: <stdin>: Input/output error\n")
    assert "repeat the command with --idempotency-key " in told


def test_a_file_of_another_kind_is_not_sent(
    gate: Client, contract_id: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """One sentence says what it looks like; most often it is the contract."""
    file = tmp_path / "c.yaml"
    file.write_text(YAML, encoding="utf-8")
    assert main(["ingest", str(file), "--contract", contract_id]) == 2
    came = "got what looks like YAML, such as a contract"
    captured = capfd.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(f"contractgate: {file}: expected JSON")
    assert captured.err.endswith(f"{came}\n")
    assert gate.stats().total_events == 0


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (f'{{"n": "{"x" * 2**20}"}}', "cannot be sent: expected at most 1,048,576 bytes"),
        ('{"n": "\\u0000"}', "cannot be sent: $.n: the character U+0000"),
        ("[" * 127 + "]" * 127, "cannot be sent: expected at most 126 levels"),
    ],
)
def test_a_record_that_no_request_can_bring_does_not_keep_the_others(
    gate: Client,
    contract_id: str,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    event: str,
    reason: str,
) -> None:
    """The gateway would refuse, or lose, everything in the same request."""
    file = ndjson(tmp_path, '{"n": 1}', event, '{"n": 2}')
    assert main(["ingest", file, "--contract", contract_id]) == 1
    captured = capfd.readouterr()
    assert f"{file}:2: record 2 {reason}" in captured.out
    assert "2 events sent: 2 passed, 0 failed; 1 record not sent" in captured.out
    assert gate.stats().passed_events == 2


def test_what_was_told_stays_where_outcomes_cannot_be_written(
    contract_id: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The report goes to another stream; no verdict follows."""
    file = ndjson(tmp_path, '{"n": "x"}')
    assert main(["ingest", file, "--contract", contract_id, "--outcomes", "/dev/full"]) == 2
    captured = capfd.readouterr()
    assert captured.out == f"{file}:1: record 1 has 1 violation\n{TYPE_MISMATCH}"
    assert "repeat the command with --idempotency-key " in captured.err
    assert captured.err.endswith("cannot write the results to /dev/full: No space left on device\n")


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kinds=st.lists(st.sampled_from(['{"n": 1}', '{"n": "x"}', "{", "{1}"]), max_size=40),
    batch=st.integers(1, 3),
)
def test_outcomes_come_in_the_order_of_the_records(
    kinds: list[str],
    batch: int,
    gate: Client,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However many wait for earlier ones, on disk or in memory."""
    send = Client.ingest_many

    def cut(*given: Any, **more: Any) -> Any:
        return send(*given, **more, batch_size=batch)

    contracts = gate.list_contracts()
    name = contracts[0].id if contracts else gate.deploy("n", YAML).contract_id
    file, told = ndjson(tmp_path, *kinds), tmp_path / "outcomes"
    with monkeypatch.context() as patched:
        patched.setattr("contractgate_http.cli._waiting._MOST_IN_MEMORY", 100)
        patched.setattr(Client, "ingest_many", cut)
        main(["ingest", file, "--contract", name, "--dry-run", "-q", "--outcomes", str(told)])
    rows = outcomes(told)
    assert [row["record"] for row in rows] == [*range(1, len(kinds) + 1)]
    assert ["error" if "error" in row else row["passed"] for row in rows] == [
        {'{"n": 1}': True, '{"n": "x"}': False}.get(kind, "error") for kind in kinds
    ]


def test_outcomes_go_to_standard_output(
    contract_id: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """And nothing else does."""
    file = ndjson(tmp_path, '{"n": 1}', "{", '{"n": "x"}')
    assert main(["ingest", file, "--contract", contract_id, "--outcomes", "-"]) == 1
    captured = capfd.readouterr()
    rows = [json.loads(line) for line in captured.out.splitlines()]
    assert [row["record"] for row in rows] == [1, 2, 3]
    assert f"{file}:3: record 3 has 1 violation\n{TYPE_MISMATCH}" in captured.err
    assert f"FAILED  {file}: 2 events sent: 1 passed, 1 failed; 1 record not sent" in captured.err


def test_a_reader_of_the_outcomes_who_has_gone_away_ends_it(
    contract_id: str, gate: Client, tmp_path: Path
) -> None:
    """As elsewhere, with exit code 141, but with a note on what was sent."""
    gate.close()
    file = ndjson(tmp_path, *(['{"n": 1}'] * 9000))
    command = [sys.executable, "-m", "contractgate_core", "ingest", file]
    options = ["--contract", contract_id, "--outcomes", "-", "--idempotency-key", "k"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen([*command, *options], **pipes) as process:  # type: ignore[call-overload]
        assert process.stdout is not None
        assert process.stderr is not None
        assert json.loads(process.stdout.readline())["record"] == 1
        process.stdout.close()
        told = process.stderr.read()
        assert process.wait(timeout=60) == 141
    assert told == (
        "contractgate: repeat the command with --idempotency-key k and the same input to go on: "
        "nothing is stored twice within 24 hours\n"
    )


def test_a_contract_is_found_by_its_name(
    gate: Client, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """With a version after it or not, even if it contains an `@`."""
    file = ndjson(tmp_path, '{"n": "x"}')
    for name in ("orders", "a@b"):
        contract_id = gate.deploy(name, YAML).contract_id
        gate.create_version(contract_id, "2", YAML.replace("integer", "string"))
        assert main(["ingest", file, "--contract", name]) == 1
        assert main(["ingest", file, "--contract", name, "--version", "2"]) == 0
        held = gate.get_contract_stats(contract_id)
        assert (held.passed_events, held.failed_events) == (1, 1)
    capfd.readouterr()
    assert main(["ingest", file, "--contract", "orders@2"]) == 0


@pytest.mark.parametrize(
    ("names", "asked", "code", "told"),
    [
        ([], "x", 12, "no contract named 'x'; it has no contracts"),
        (["orders", "pays"], "order", 12, "no contract named 'order'; did you mean 'orders'?"),
        (["orders", "pays"], "xyz", 12, "no contract named 'xyz'; it has orders, pays"),
        ([f"n{n:02}" for n in range(15)], "q", 12, "it has n00, n01, n02, n03, n04, n05, n06, "),
        (["twice", "twice"], "twice", 2, "several contracts are named 'twice': "),
    ],
)
def test_a_name_that_does_not_say_which_contract_is_refused(
    gate: Client,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    names: list[str],
    asked: str,
    code: int,
    told: str,
) -> None:
    """The error says which names would do."""
    for name in names:
        gate.create_contract(name, YAML)
    assert main(["ingest", ndjson(tmp_path, "{}"), "--contract", asked]) == code
    captured = capfd.readouterr()
    assert told in captured.err
    assert captured.err.count("\n") == 1


def test_a_misspelt_option_is_told_before_what_is_missing_for_it(
    capfd: pytest.CaptureFixture[str],
) -> None:
    """It would not help to say only that the right one is required."""
    assert main(["ingest", "--contrat", "orders", "e.ndjson"]) == 2
    err = capfd.readouterr().err
    assert err.startswith("usage: contractgate ingest ")
    assert "unrecognized arguments: --contrat; did you mean --contract?" in err
    assert "the following arguments are required" not in err


def test_commands_are_listed_by_name(capfd: pytest.CaptureFixture[str]) -> None:
    """On Python 3.9, the order in which they are found differs between processes."""
    assert main(["--help"]) == 0
    words = capfd.readouterr().out.split("commands:")[1].split()
    assert words.index("demo") < words.index("ingest") < words.index("serve")
