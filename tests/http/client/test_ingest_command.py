"""`contractgate ingest`: a file, its outcomes, and what became of what could not be sent."""

from __future__ import annotations

import gzip
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from contractgate_core.cli import main
from contractgate_http import Client, RetryPolicy

ID = "11111111-1111-4111-8111-111111111111"
YAML = "version: '1'\nname: n\nontology: {entities: [{name: n, type: integer}]}"


@pytest.fixture
def gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """A gateway in a file, which the command finds by the environment."""
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
    """In as many requests as it takes."""
    file = ndjson(tmp_path, *(f'{{"n": {n}}}' for n in range(2500)))
    assert main(["ingest", file, "--contract", contract_id]) == 0
    assert capfd.readouterr() == ("2,500 events sent: 2,500 passed, 0 failed\n", "")
    assert gate.stats().total_events == 2500


def test_what_failed_and_what_was_no_event_is_told(
    gate: Client, contract_id: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """With the lines where it stands, and without its values."""
    file = ndjson(tmp_path, '{"n": 1}', "", '{"n": "alice"}', '{"n": ', '{"n": 2}')
    told = tmp_path / "outcomes"
    assert main(["ingest", file, "--contract", contract_id, "--outcomes", str(told)]) == 1
    captured = capfd.readouterr()
    assert captured.out == "3 events sent: 2 passed, 1 failed; 1 record not sent\n"
    assert "record 3 was not sent" in captured.err
    assert "line 4" in captured.err
    held = next(iter(gate.iter_quarantine())).id
    broken, *judged = outcomes(told)
    assert (broken["record"], broken["line"]) == (3, 4)
    assert [(one["record"], one["line"], one["passed"]) for one in judged] == [
        (1, 1, True),
        (2, 3, False),
        (4, 5, True),
    ]
    assert judged[1]["quarantine_id"] == held
    assert judged[1]["violations"] == [{"field": "n", "kind": "type_mismatch"}]
    assert "alice" not in told.read_text(encoding="utf-8") + captured.out + captured.err


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
    """The gateway does not read every float exactly, so that writing one anew could change it."""
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
    assert main(["ingest", file, "--contract", "c", "-q"]) == 0
    assert sent == [f'[{text},{{"n":  1e2}}]'.encode()]


def test_a_dry_run_stores_nothing(
    gate: Client, contract_id: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """And says that it only checked."""
    file = ndjson(tmp_path, '{"n": 1}')
    assert main(["ingest", file, "--contract", contract_id, "--dry-run"]) == 0
    assert capfd.readouterr().out == "1 event checked: 1 passed, 0 failed\n"
    assert gate.stats().total_events == 0


def test_the_same_key_stores_nothing_twice(gate: Client, contract_id: str, tmp_path: Path) -> None:
    """However often the command is repeated."""
    file = ndjson(tmp_path, '{"n": 1}', '{"n": 2}')
    for _ in range(3):
        assert main(["ingest", file, "--contract", contract_id, "--idempotency-key", "k"]) == 0
    assert gate.stats().total_events == 2


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["/no/such/file", "--contract", "x"], "No such file"),
        (["FILE", "--contract", ""], "expected contract_id to be a text"),
        (["FILE", "--contract", "nope"], "invalid contract_id: nope"),
        (["FILE", "--contract", "11111111-1111-1111-1111-111111111111"], "Contract not found"),
        (["FILE", "--contract", "x", "--base-url", "ftp://x"], "got the scheme 'ftp'"),
        (["FILE", "--contract", "x", "--outcomes", "/no/such/place"], "No such file"),
    ],
)
def test_what_cannot_be_done_is_told_without_a_traceback(
    gate: Client,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    arguments: list[str],
    error: str,
) -> None:
    """On standard error, with exit code 2."""
    file = ndjson(tmp_path, '{"n": 1}')
    assert main(["ingest", *[file if one == "FILE" else one for one in arguments]]) == 2
    captured = capfd.readouterr()
    assert captured.out == ""
    assert error in captured.err
    assert "Traceback" not in captured.err


def test_an_interrupted_run_says_how_to_go_on(
    gate: Client, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """With the key that keeps events from being stored twice."""
    file = ndjson(tmp_path, '{"n": 1}')
    missing = "11111111-1111-1111-1111-111111111111"
    assert main(["ingest", file, "--contract", missing, "--idempotency-key", "job-7"]) == 2
    captured = capfd.readouterr()
    assert "of 1 events taken, 0 answered, 1 refused" in captured.err
    assert "--idempotency-key job-7 to go on" in captured.err


class Terminal(io.StringIO):
    """Standard error that a person looks at."""

    def isatty(self) -> bool:
        """Tell so."""
        return True


def test_progress_is_shown_to_a_person(
    contract_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And taken away at the end."""
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    file = ndjson(tmp_path, '{"n": 1}', '{"n": "x"}')
    assert main(["ingest", file, "--contract", contract_id]) == 1
    assert "\r1 event, 0 failed" in screen.getvalue()
    assert screen.getvalue().endswith("\r")


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
    """In a sentence without credentials, also where it shows at the first request."""
    monkeypatch.setitem(sys.modules, "socksio", None)
    monkeypatch.setenv(name, value)
    url = "https://gw.example.com"
    file = ndjson(tmp_path, '{"n": 1}')
    monkeypatch.setattr(RetryPolicy, "pause", lambda *_, **__: None)
    assert main(["ingest", file, "--contract", ID, "--base-url", url]) == 2
    captured = capfd.readouterr()
    assert shown in captured.err
    assert "hunter2" not in captured.err
    assert "Traceback" not in captured.err
    assert captured.err.count("\n") <= 2  # a request that was tried may be repeated with its key
    assert captured.out == ""
