"""`contractgate demo`: its lines of Python do what it shows."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from typing import Any

import pytest

from contractgate_core.cli import main
from contractgate_http import Client
from contractgate_http.cli.demo import CONTRACT, EVENTS, FIXED


def shown(capfd: pytest.CaptureFixture[str]) -> str:
    """Run the demo and return its output."""
    assert main(["demo"]) == 0
    captured = capfd.readouterr()
    assert captured.err == ""
    return captured.out


def test_each_step_shows_the_line_that_does_it(capfd: pytest.CaptureFixture[str]) -> None:
    """Run one after the other, they do what was shown."""
    text = shown(capfd)
    lines = re.findall(r"^  >>> (.*)$", text, re.MULTILINE)
    assert 'api_key="cg_live_..."' in lines.pop()
    names: dict[str, Any] = {
        "Client": Client,
        "CONTRACT": CONTRACT,
        "EVENTS": EVENTS,
        "FIXED": FIXED,
    }
    for line in lines:
        exec(compile(line, "<demo>", "exec"), names)
    with names["cg"] as client:
        assert names["result"].passed == text.count("  passed       ord_1\n") == 1
        assert len(names["held"]) == text.count("  quarantined  ord_")
        assert [one.outcome for one in names["replay"].results] == ["replayed", "still_quarantined"]
        stats = client.get_contract_stats(names["orders"])
        assert f"{stats.passed_events} of {stats.total_events} judgements" in text
        assert names["result"].results[0].transformed_event["email"] == "****"
    assert "'****'" in text
    assert "@example.com" not in text


def test_it_fits_a_terminal_and_a_pipe(capfd: pytest.CaptureFixture[str]) -> None:
    """80 columns, and no colour codes in a pipe."""
    text = shown(capfd)
    assert max(map(len, text.splitlines())) < 80
    assert "\x1b" not in text


def test_it_is_over_before_one_grows_tired() -> None:
    """As a separate command, piped; the promise is ten seconds."""
    begun = time.monotonic()
    command = [sys.executable, "-m", "contractgate_core", "demo"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert time.monotonic() - begun < 10
    assert done.stdout.count(">>>") == 11
    assert done.stderr == ""
