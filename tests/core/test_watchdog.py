"""The tests themselves: none of them can hang for ever."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sizes import some

ROOT = Path(__file__).parents[2]

HANGS = """
import signal
import threading

def test_hangs():
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    signal.setitimer(signal.ITIMER_REAL, 0)
    threading.Event().wait(60)

def test_passes():
    pass
"""


@pytest.mark.parametrize("processes", some(["0", "1"]))
def test_a_test_that_hangs_fails_with_its_stack(tmp_path: Path, processes: str) -> None:
    """Also one that takes the alarm for itself, alone and under xdist, which then goes on."""
    (tmp_path / "test_hanging.py").write_text(HANGS, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-c", str(ROOT / "pytest.ini")]
    limits = ["-o", "faulthandler_timeout=0.5", "-o", "timeout=1"]
    done = subprocess.run(
        [*command, *limits, "-p", "no:cacheprovider", "-n", processes, str(tmp_path)],
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
        cwd=tmp_path,
    )
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "in test_hangs\n" in said
    if processes == "1":
        assert "1 failed, 1 passed" in said
