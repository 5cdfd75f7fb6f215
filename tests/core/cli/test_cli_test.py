"""`contractgate test`, as a user meets it."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import os
import sys
from pathlib import Path
from typing import Any, Callable

import pytest

from contractgate_core import Contract
from contractgate_core.cli import main
from contractgate_core.report.document import JsonReport
from contractgate_core.report.problems import Problem
from contractgate_core.results import Violation, ViolationKind
from contractgate_core.scan.segments import SEGMENT_BYTES
from contractgate_core.scan.totals import FailedRecord, Totals

CONTRACT = """\
version: "1.0"
name: orders
ontology:
  entities:
    - {name: id, type: string, pattern: "^[a-z]+$"}
    - {name: email, type: string, required: false, pattern: "@", transform: {kind: mask}}
    - {name: total, type: float, min: 0}
    - {name: tags, type: array, required: false, items: {name: tag, type: string}}
quality:
  - {field: id, type: uniqueness}
"""

GOOD = '{"id": "a", "total": 1}'
BAD = '{"id": "7", "total": -1, "email": "me"}'

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder with a contract."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "c.yaml").write_text(CONTRACT, encoding="utf-8")
    return tmp_path


@pytest.fixture
def run(folder: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    """Run the command on the given events; return its exit code and both outputs."""

    def call(data: str, *options: str) -> tuple[int, str, str]:
        (folder / "e.ndjson").write_bytes(data.encode())
        usual = {"--contract": "c.yaml", "--data": "e.ndjson"}
        given = [word for pair in usual.items() if pair[0] not in options for word in pair]
        code = main(["test", *given, *options])
        out, err = capfdbinary.readouterr()
        return code, out.decode(), err.decode()

    return call


def test_events_that_pass_are_said_to_pass(run: Run) -> None:
    """One line, and 0."""
    code, out, err = run(f"{GOOD}\n")
    assert (code, err) == (0, "")
    assert out == "PASSED  e.ndjson: 1 of 1 event pass orders 1.0\n"


def test_no_events_pass_but_are_seen(run: Run) -> None:
    """An empty file breaks no rule, but may be a mistake."""
    code, out, _ = run("")
    assert code == 0
    assert out.startswith("EMPTY  e.ndjson: 0 of 0 events pass orders 1.0; nothing was checked")
    assert run("", "--quiet") == (0, "", "")


def test_fewer_events_than_expected_fail(run: Run) -> None:
    """Even none at all; the reason is given."""
    assert run(f"{GOOD}\n", "--min-events", "1")[0] == 0
    for data, events in (("", "0 of 0 events"), (f"{GOOD}\n", "1 of 1 event")):
        code, out, _ = run(data, "--min-events", "2", "--quiet")
        assert code == 1
        assert out == (
            f"FAILED  e.ndjson: {events} pass orders 1.0; "
            "expected at least 2 events (--min-events)\n"
        )
    code, out, _ = run("", "--min-events", "1", "--format", "json")
    document = json.loads(out)
    assert (code, document["passed"], document["min_events"]) == (1, False, 1)


@pytest.fixture
def inputs(folder: Path) -> Path:
    """Make three inputs: one passes, one fails, one is empty."""
    (folder / "day-1.ndjson").write_text(f"{GOOD}\n", encoding="utf-8")
    (folder / "day-2.ndjson").write_text(f"{BAD}\n{GOOD}\n", encoding="utf-8")
    (folder / "day-3.ndjson").write_text("", encoding="utf-8")
    return folder


SEVERAL = [
    ("--data", "day-2.ndjson", "--data", "day-1.ndjson", "--data", "day-3.ndjson"),
    ("--data", "day-2.ndjson", "day-1.ndjson", "--data", "day-3.ndjson"),
    ("--data", "day-2.ndjson", "--data", "day-[13].ndjson"),
]


@pytest.mark.usefixtures("inputs")
@pytest.mark.parametrize("data", SEVERAL)
def test_several_inputs_add_up(run: Run, data: tuple[str, ...]) -> None:
    """None of them is dropped; there are totals for each and over all."""
    code, out, err = run("", *data)
    assert (code, err) == (1, "")
    assert out.partition("\n    ")[0] == "day-2.ndjson:1: record 1 has 3 violations"
    for line in (
        "FAILED  day-2.ndjson: 1 of 2 events pass orders 1.0, 1 failed",
        "PASSED  day-1.ndjson: 1 of 1 event pass orders 1.0",
        "EMPTY  day-3.ndjson: 0 of 0 events pass orders 1.0; nothing was checked "
        "(--min-events 1 makes that a failure)",
        "       1  range_violation   total",
    ):
        assert out.splitlines().count(line) == 1, line
    assert out.endswith("\nFAILED  3 inputs: 2 of 3 events pass orders 1.0, 1 failed\n")


@pytest.mark.usefixtures("inputs")
def test_an_empty_input_among_others_gives_no_advice_that_was_taken(run: Run) -> None:
    """`--min-events` is about all inputs together, and was satisfied."""
    code, out, _ = run("", "--data", "day-1.ndjson", "day-3.ndjson", "--min-events", "1")
    assert (code, "; nothing was checked\n" in out, "(--min-events" in out) == (0, True, False)


@pytest.mark.usefixtures("inputs")
def test_several_inputs_are_one_document(run: Run) -> None:
    """With a part for each, including one that could not be read."""
    code, out, err = run("", "--data", "day-*", "missing", "--format", "json", "--min-events", "3")
    assert code == 2
    assert err == "contractgate: missing: No such file or directory\n"
    document = json.loads(out)
    assert (document["version"], document["contract"]["name"]) == (1, "orders")
    assert [part["data"] for part in document["inputs"]] == [
        "day-1.ndjson",
        "day-2.ndjson",
        "day-3.ndjson",
        "missing",
    ]
    assert [part.get("passed") for part in document["inputs"]] == [True, False, True, None]
    assert [len(part["failures"]) for part in document["inputs"]] == [0, 1, 0, 0]
    assert document["inputs"][3]["error"]["file"] == "missing"
    assert (document["totals"]["records"], document["totals"]["failed"]) == (3, 1)
    assert document["passed"] is False


@pytest.mark.usefixtures("inputs")
def test_an_input_that_cannot_be_read_does_not_keep_the_others_from_it(run: Run) -> None:
    """The exit code is the worst of all."""
    code, out, err = run("", "--data", "missing", "--data", "day-1.ndjson")
    assert code == 2
    assert err.startswith("contractgate: missing: ")
    assert "PASSED  day-1.ndjson: 1 of 1 event pass orders 1.0\n" in out


@pytest.mark.usefixtures("inputs")
@pytest.mark.parametrize("options", [(), ("--quiet",)])
def test_inputs_of_which_one_cannot_be_read_do_not_pass(run: Run, options: tuple[str, ...]) -> None:
    """The line for all of them says so, like the exit code, and matches what was read."""
    Path("folder").mkdir()
    for data in (("missing", "day-1.ndjson"), ("day-1.ndjson", "folder")):
        code, out, _ = run("", "--data", *data, *options)
        assert code == 2
        assert out.splitlines()[-1] == (
            "FAILED  2 inputs: 1 of 1 event pass orders 1.0; 1 input not read to the end"
        )


@pytest.mark.parametrize("inputs", [1, 2])
@pytest.mark.parametrize("parts", [0, 1, 2])
def test_a_document_that_is_interrupted_within_a_record_is_whole(inputs: int, parts: int) -> None:
    """Such a record may have a million violations, which are written in parts."""
    found = [Violation("a", "no", ViolationKind.TYPE_MISMATCH)] * 1_500
    written: list[str] = []
    left: list[int] = []

    def write(text: str) -> None:
        if left == [0]:
            left.clear()
            raise KeyboardInterrupt
        left[:] = [count - 1 for count in left]
        written.append(text)

    contract = Contract.from_yaml(CONTRACT)
    report = JsonReport(write, contract, "c", inputs=inputs, max_failures=None, min_events=0)
    report.begin("a")
    report.failure(FailedRecord(1, 1, 0, found))
    left.append(1 + parts)
    with pytest.raises(KeyboardInterrupt):
        report.failure(FailedRecord(2, 2, 9, found))
    report.problem(Problem("interrupted"), Totals())
    report.end(Totals(), is_complete=False, passed=False)
    document = json.loads("".join(written))
    [shown] = document.get("inputs", [document])
    assert shown["error"]["message"] == "interrupted"
    counts = [len(failure["violations"]) for failure in shown["failures"]]
    assert counts == [1_500, [0, 1_000, 1_500][parts]]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no named pipes")
@pytest.mark.usefixtures("inputs", "interrupted_open")
@pytest.mark.parametrize(
    ("options", "shown"),
    [
        (("--data", "pipe"), 1),
        (("--data", "day-1.ndjson", "pipe", "day-2.ndjson"), 2),
        (("--contract", "pipe", "--data", "day-1.ndjson", "day-2.ndjson"), 1),
    ],
)
def test_an_interrupt_before_there_is_an_input_leaves_a_document(
    run: Run, options: tuple[str, ...], shown: int
) -> None:
    """As when nobody writes to a named pipe."""
    os.mkfifo("pipe")
    code, out, err = run("", *options, "--format", "json")
    assert (code, err) == (130, "contractgate: interrupted\n")
    document = json.loads(out)
    inputs = document.get("inputs", [document])
    assert inputs[-1]["error"]["message"] == "interrupted"
    assert len(inputs) == shown


@pytest.mark.usefixtures("inputs")
def test_limits_hold_over_all_inputs(run: Run) -> None:
    """For failing records, for events, and for the first failure."""
    data = ("--data", "day-2.ndjson", "--data", "day-2.ndjson")
    code, out, _ = run("", *data, "--max-failures", "1")
    assert out.count("has 3 violations") == 1
    assert "… and 1 more failing record (see --max-failures)" in out
    code, out, _ = run("", *data, "--fail-fast")
    assert code == 1
    assert out.count("stopped at the first failure") == 1
    assert "FAILED  2 inputs: 1 of 2 events" in out
    code, out, _ = run("", "--data", "day-1.ndjson", "day-3.ndjson", "--min-events", "2", "-q")
    assert (code, out) == (
        1,
        "FAILED  2 inputs: 1 of 1 event pass orders 1.0; "
        "expected at least 2 events (--min-events)\n",
    )


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (("--data", "night-*.ndjson"), "night-*.ndjson: no file has such a name"),
        (("--data", "-", "--data", "-"), "standard input is asked for twice"),
    ],
)
def test_inputs_that_are_none_are_told(run: Run, data: tuple[str, ...], message: str) -> None:
    """A pattern without a file is not an empty list."""
    code, out, err = run("", *data)
    assert (code, out) == (2, "")
    assert message in err


@pytest.mark.usefixtures("folder")
def test_a_file_whose_name_looks_like_a_pattern_is_that_file(run: Run) -> None:
    """If there is such a file."""
    Path("day-[1].ndjson").write_text(f"{GOOD}\n{GOOD}\n", encoding="utf-8")
    assert "1 of 2 events" in run("", "--data", "day-[1].ndjson")[1]


@pytest.mark.parametrize(
    "options",
    [
        ("--contract", "c.yaml", "--contract", "other.yaml"),
        ("--now", "1", "--now", "2"),
        ("--format", "json", "--format", "human"),
        ("--max-failures", "1", "--max-failures", "1"),
        ("--min-events", "1", "--min-events", "2"),
        ("--workers", "1", "--workers", "2"),
        ("--fail-fast", "--fail-fast"),
        ("-q", "--quiet"),
    ],
)
def test_an_option_is_never_dropped_silently(run: Run, options: tuple[str, ...]) -> None:
    """One that does not add up is refused when it is given twice."""
    code, out, err = run(GOOD, *options)
    assert (code, out) == (2, "")
    name = "-q/--quiet" if options[0] == "-q" else options[0]
    assert f"{name} is given twice; expected it once" in err


def test_failing_events_are_shown_with_their_place_and_summed_up(run: Run) -> None:
    """What a person reads: where, what, and how often."""
    code, out, err = run(f"{GOOD}\n\n{BAD}\n{{\n")
    assert (code, err) == (1, "")
    assert out == (
        "e.ndjson:3: record 2 has 3 violations\n"
        "    pattern_mismatch  Field 'id' value \"7\" does not match required pattern\n"
        "    pattern_mismatch  Field 'email' value [masked] does not match required pattern\n"
        "    range_violation  Field 'total' value -1 is below minimum 0\n"
        f"e.ndjson:4:2: record 3 is not JSON: {not_json(out)}\n"
        "\n"
        "       1  pattern_mismatch  id\n"
        "       1  pattern_mismatch  email\n"
        "       1  range_violation   total\n"
        "       1  not JSON\n"
        "\n"
        "FAILED  e.ndjson: 1 of 3 events pass orders 1.0, 2 failed, 1 of them not JSON\n"
    )


def not_json(out: str) -> str:
    """Return the decoder's words, which are tested elsewhere."""
    return out.partition("is not JSON: ")[2].partition("\n")[0]


def test_uniqueness_holds_over_the_whole_input(run: Run) -> None:
    """However far apart the two events are."""
    events = [f'{{"id": "{chr(97 + n % 26) * (n // 26 + 1)}", "total": 1}}' for n in range(300)]
    code, out, _ = run("\n".join([*events, events[0]]))
    assert code == 1
    assert "e.ndjson:301: record 301 has 1 violation" in out


def test_the_elements_of_lists_are_counted_together(run: Run) -> None:
    """The summary has one row for them."""
    _, out, _ = run('{"id": "a", "total": 1, "tags": [1, 2, "x"]}')
    assert "       2  type_mismatch  tags[]\n" in out


def test_max_failures_limits_what_is_written_not_what_is_counted(run: Run) -> None:
    """By default, 20 as text and all as JSON."""
    events = "\n".join([BAD.replace("7", str(n)) for n in range(30)])
    _, out, _ = run(events)
    assert out.count(" has 3 violations") == 20
    assert "… and 10 more failing records (see --max-failures)" in out
    assert "0 of 30 events pass orders 1.0, 30 failed" in out
    _, out, _ = run(events, "--max-failures", "1")
    assert out.count(" has 3 violations") == 1
    assert "… and 29 more failing records" in out
    _, out, _ = run(events, "--format", "json")
    assert len(json.loads(out)["failures"]) == 30
    _, out, _ = run(events, "--format", "json", "--max-failures", "0")
    document = json.loads(out)
    assert (document["failures"], document["totals"]["failures_not_shown"]) == ([], 30)


def test_fail_fast_stops_at_the_first_failing_record(run: Run) -> None:
    """And says that it stopped."""
    events = f"{GOOD}\n{BAD}\n{BAD}\n"
    code, out, _ = run(events, "--fail-fast")
    assert code == 1
    assert "1 of 2 events pass orders 1.0, 1 failed; stopped at the first failure" in out
    _, out, _ = run(events, "--fail-fast", "--format", "json")
    totals = json.loads(out)["totals"]
    assert (totals["records"], totals["complete"]) == (2, False)


def test_quiet_leaves_one_line_and_only_of_failure(run: Run) -> None:
    """The exit code says the rest."""
    assert run(GOOD, "--quiet") == (0, "", "")
    code, out, _ = run(BAD, "-q")
    assert (code, out) == (1, "FAILED  e.ndjson: 0 of 1 event pass orders 1.0, 1 failed\n")


def test_json_is_one_document_with_a_version(run: Run) -> None:
    """Its shape is what docs/command-line.md promises."""
    code, out, err = run(f"{GOOD}\n{BAD}\n{{\n", "--format", "json")
    assert (code, err) == (1, "")
    document = json.loads(out)
    assert document["version"] == 1
    assert document["contract"] == {"file": "c.yaml", "name": "orders", "version": "1.0"}
    assert document["data"] == "e.ndjson"
    assert document["passed"] is False
    bad, broken = document["failures"]
    assert (bad["record"], bad["line"], bad["offset"]) == (2, 2, len(GOOD) + 1)
    assert bad["violations"][1] == {
        "field": "email",
        "kind": "pattern_mismatch",
        "message": "Field 'email' value [masked] does not match required pattern",
    }
    assert (broken["error"]["line"], broken["error"]["column"]) == (3, 2)
    assert broken["error"]["offset"] == len(GOOD) + len(BAD) + 3
    totals = document["totals"]
    assert {key: totals[key] for key in ("records", "passed", "failed", "malformed")} == {
        "records": 3,
        "passed": 1,
        "failed": 2,
        "malformed": 1,
    }
    assert {"field": "total", "kind": "range_violation", "count": 1} in totals["violations"]


def test_json_of_events_that_pass(run: Run) -> None:
    """The same keys, with nothing in them."""
    code, out, _ = run(GOOD, "--format", "json", "--quiet")
    document = json.loads(out)
    assert (code, document["passed"], document["failures"]) == (0, True, [])
    assert document["totals"]["complete"] is True


@pytest.mark.parametrize(
    ("contract", "message"),
    [
        ("missing.yaml", "missing.yaml: No such file or directory"),
        ("bad.yaml", "bad.yaml:1:1: "),
        (".", ".: Is a directory"),
    ],
)
def test_a_contract_that_cannot_be_loaded_is_told_on_both_streams(
    run: Run, folder: Path, contract: str, message: str
) -> None:
    """As text on standard error only; as JSON also in the document."""
    (folder / "bad.yaml").write_text("version: 1\n", encoding="utf-8")
    code, out, err = run(GOOD, "--contract", contract)
    assert (code, out) == (2, "")
    assert err.startswith(f"contractgate: {message}")
    code, out, err = run(GOOD, "--contract", contract, "--format", "json")
    assert code == 2
    document = json.loads(out)
    assert list(document) == ["version", "error"]
    assert document["error"]["file"] == contract
    assert document["error"]["message"] in err


@pytest.mark.parametrize("data", ["missing", "."])
def test_data_that_cannot_be_opened_is_an_error(run: Run, data: str) -> None:
    """This is not a verdict: 2."""
    code, out, err = run("", "--data", data)
    assert (code, out) == (2, "")
    assert err.startswith(f"contractgate: {data}: ")


def test_a_single_object_and_an_array_are_events_too(run: Run) -> None:
    """The form is found by the content."""
    code, out, _ = run('{\n "id": "a",\n "total": 1\n}\n')
    assert (code, out) == (0, "PASSED  e.ndjson: 1 of 1 event pass orders 1.0\n")
    code, out, _ = run(f"[{GOOD},\n{BAD}]")
    assert code == 1
    assert "e.ndjson:2: record 2 has 3 violations" in out


def test_gzip_is_recognised_by_its_content(run: Run, folder: Path) -> None:
    """Whatever the file's name."""
    (folder / "events").write_bytes(gzip.compress(f"{GOOD}\n{BAD}\n".encode()))
    code, out, _ = run("", "--data", "events")
    assert code == 1
    assert "events:2: record 2 has 3 violations" in out


@pytest.mark.parametrize(
    ("data", "came"),
    [
        (bz2.compress(GOOD.encode()), "bzip2 data"),
        (f"{GOOD}\n{GOOD}\n".encode("utf-16"), "UTF-16 text"),
        (CONTRACT.encode(), "YAML, such as a contract"),
    ],
)
def test_a_file_of_another_kind_is_told_in_one_sentence(
    run: Run, folder: Path, data: bytes, came: str
) -> None:
    """Instead of a failure per line, which would look like bad events."""
    (folder / "other").write_bytes(data)
    code, out, err = run(GOOD, "--data", "other")
    assert (code, out) == (2, "")
    assert err.startswith("contractgate: other: expected JSON")
    assert err.endswith(f", got what looks like {came}\n")
    assert err.count("\n") == 1
    code, out, _ = run(GOOD, "--data", "other", "e.ndjson")
    assert code == 2
    assert out.startswith("PASSED  e.ndjson: 1 of 1 event pass")
    code, out, _ = run(GOOD, "--data", "other", "--format", "json")
    assert json.loads(out)["error"]["message"].endswith(came)


def test_standard_input_is_read_at_a_dash(
    folder: Path, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As bytes."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(BAD.encode())))
    assert main(["test", "--contract", "c.yaml", "--data", "-"]) == 1
    assert b"<stdin>:1: record 1" in capfdbinary.readouterr().out
    monkeypatch.setattr(sys, "stdin", None)
    assert main(["test", "--contract", "c.yaml", "--data", "-"]) == 2
    assert b"standard input is closed" in capfdbinary.readouterr().err


@pytest.mark.usefixtures("folder")
def test_a_contract_may_come_on_standard_input(
    run: Run, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """But then the events may not."""
    for command in (["validate", "-"], ["validate", "--format", "json", "-"]):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"name: 1")))
        assert main(command) == 1
        assert b"<stdin>" in capfdbinary.readouterr().out
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(CONTRACT.encode())))
    assert run(GOOD, "--contract", "-")[0] == 0
    code, _, err = run(GOOD, "--contract", "-", "--data", "-")
    assert code == 2
    assert "standard input is asked for twice" in err


@pytest.mark.parametrize(
    ("options", "environment", "is_coloured"),
    [
        (("--color", "always"), {"NO_COLOR": "1"}, True),
        (("--color=never",), {"FORCE_COLOR": "1"}, False),
        ((), {"FORCE_COLOR": "1"}, True),
        ((), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        (("--color", "auto"), {}, False),
    ],
)
def test_colour_is_the_users_choice(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    options: tuple[str, ...],
    environment: dict[str, str],
    is_coloured: bool,
) -> None:
    """By option, else by environment, else by whether there is a terminal."""
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert ("\x1b[" in run(GOOD, *options)[1]) == is_coloured


def test_now_is_the_clock_of_freshness_rules(run: Run, folder: Path) -> None:
    """So that a check is repeatable."""
    rule = "  - {field: at, type: freshness, max_age_seconds: 60}\n"
    (folder / "c.yaml").write_text(CONTRACT + rule, encoding="utf-8")
    event = GOOD.replace("{", '{"at": 1712000000, ')
    assert run(event, "--now", "1712000060")[0] == 0
    code, out, _ = run(event, "--now", "1712000061")
    assert code == 1
    assert "timestamp is 61s old (max 60s)" in out
    for same in ("2024-04-01T19:34:21Z", "2024-04-01T21:34:21.9+02:00"):
        assert run(event, "--now", same)[:2] == (code, out)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--now", "today"), "expected whole Unix seconds, such as 1712000100, or a time"),
        (("--now", "2024-04-01T19:35:00"), "its offset, such as 2024-04-01T19:35:00Z, got '2024"),
        (("--max-failures", "-1"), "expected a whole number from 0, got '-1'"),
        (("--format", "xml"), "invalid choice: 'xml'"),
        (("--max", "1"), "unrecognized arguments: --max; did you mean --max-failures?"),
        (("--formt", "json"), "unrecognized arguments: --formt; did you mean --format?"),
        (("--minevents=1",), "unrecognized arguments: --minevents=1; did you mean --min-events?"),
    ],
)
def test_a_mistake_in_the_options_is_told(run: Run, options: tuple[str, str], message: str) -> None:
    """With what was expected and what came, and 2."""
    code, out, err = run(GOOD, *options)
    assert (code, out) == (2, "")
    assert message in err
    assert err.startswith("usage: contractgate test [-h] --contract FILE")


def test_what_comes_from_events_cannot_change_the_terminal(run: Run, folder: Path) -> None:
    """Control characters are escaped, and endless values are cut."""
    (folder / "c.yaml").write_text(
        'version: "1"\nname: c\ncompliance_mode: true\nontology:\n  entities:\n'
        "  - {name: a, type: any, enum: [1]}\n",
        encoding="utf-8",
    )
    event = {"a": "x\u009b2J\u202e" + "y" * 10_000, "\x1b[2J": 1}
    _, out, _ = run(json.dumps(event))
    assert not {"\x1b", "\u009b", "\u202e"} & set(out)
    assert "\\u{9b}2J\\u{202e}" in out
    assert "more characters)" in out
    assert max(map(len, out.splitlines())) < 700
    _, out, _ = run(json.dumps(event), "--format", "json")
    assert "y" * 10_000 in json.loads(out)["failures"][0]["violations"][0]["message"]


def test_hostile_events_cannot_make_the_summary_endless(run: Run, folder: Path) -> None:
    """Fields beyond the first thousand are counted as one."""
    (folder / "c.yaml").write_text(
        'version: "1"\nname: c\ncompliance_mode: true\nontology: {entities: []}\n', encoding="utf-8"
    )
    event: dict[str, Any] = {f"k{number}": 1 for number in range(1_500)}
    _, out, _ = run(json.dumps(event), "--format", "json")
    counts = json.loads(out)["totals"]["violations"]
    assert len(counts) == 1_001
    assert {"field": "(other fields)", "kind": "undeclared_field", "count": 500} in counts
    _, out, _ = run(json.dumps(event))
    assert "… and 1,480 more violations" in out
    assert len(out.splitlines()) < 60


@pytest.mark.untraced
def test_workers_share_a_file_with_the_same_output(run: Run) -> None:
    """Byte for byte; `auto` is one per processor."""
    events = "\n".join([*[GOOD.ljust(140)] * 8_000, *[BAD, "{", ""] * 50])
    assert len(events) > SEGMENT_BYTES
    expected = run(events, "--format", "json")
    for workers in ("1", "2", "auto"):
        assert run(events, "--format", "json", "--workers", workers) == expected
    for workers in ("0", "-1", "257", "many"):
        code, out, err = run(events, "--workers", workers)
        assert (code, out) == (2, "")
        assert "expected" in err
