"""The line of progress: on a terminal only, and never in the way."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from contractgate_core.cli import main
from contractgate_core.cli import progress as progress_module
from contractgate_core.cli.progress import ProgressLine
from contractgate_core.scan.totals import Totals


class Terminal(io.StringIO):
    """Standard error, watched by a person."""

    def isatty(self) -> bool:
        return True


def test_it_shows_counts_now_and_then_and_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not for work that is done at once."""
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    line, totals = ProgressLine(), Totals()
    assert not list(totals.giving([], 1_234_567))
    line.update(totals, 2**20)
    line.clear()
    assert stream.getvalue() == ""
    monkeypatch.setattr(progress_module, "_SECONDS_BETWEEN", 0)
    line = ProgressLine()
    line.update(totals, 3 * 2**19)
    line.clear()
    line.clear()
    assert stream.getvalue() == "\r\x1b[K1,234,567 events, 0 failed, 1.5 MiB\r\x1b[K"


def test_nobody_is_told_where_nobody_looks_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file or a pipe gets none of it, and a closed stream does no harm."""
    monkeypatch.setattr(progress_module, "_SECONDS_BETWEEN", 0)
    contract, data = tmp_path / "c.yaml", tmp_path / "e.ndjson"
    contract.write_text("{version: 1, name: c, ontology: {entities: []}}", encoding="utf-8")
    data.write_text("{}\n" * 1000, encoding="utf-8")
    command = ["test", "--contract", str(contract), "--data", str(data)]
    assert main(command) == 0
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys, "stderr", None)
    assert main(command) == 0
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    assert main(command) == 0
    assert "1,000 events" not in capsys.readouterr().out.replace("1,000 of 1,000 events", "")
    assert stream.getvalue().endswith("\r\x1b[K")


def test_a_contract_that_takes_long_is_told_of(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """There are no events to count yet; whatever the outcome, the line is erased."""
    monkeypatch.setattr(progress_module, "_SECONDS_BETWEEN", 0)
    good, bad = tmp_path / "c.yaml", tmp_path / "bad.yaml"
    good.write_text("{version: 1, name: c, ontology: {entities: []}}", encoding="utf-8")
    bad.write_text(
        "{version: 1, name: c, ontology: {entities: [{name: a, type: string, pattern: '('}]}}"
    )
    for contract, code in ((good, 0), (bad, 2)):
        stream = Terminal()
        monkeypatch.setattr(sys, "stderr", stream)
        data = tmp_path / "e.ndjson"
        data.write_text("{}\n", encoding="utf-8")
        assert main(["test", "--contract", str(contract), "--data", str(data)]) == code
        assert stream.getvalue().startswith("\r\x1b[Kcompiling the contract\r\x1b[K")
    capsys.readouterr()


def test_quiet_streams_of_failures_do_not_ask_for_the_terminal_each_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Clearing a line that is not there costs nothing."""
    asked: list[bool] = []

    class Asked(Terminal):
        def isatty(self) -> bool:
            asked.append(True)
            return True

    monkeypatch.setattr(sys, "stderr", Asked())
    line = ProgressLine()
    for _ in range(100):
        line.clear()
    assert asked == []
