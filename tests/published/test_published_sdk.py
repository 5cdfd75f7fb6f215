"""The published SDK, from the package index, completes a session with `contractgate serve`.

It has the import name of our own meta package, so it lives in an environment of its own:
`CONTRACTGATE_SDK_PYTHON` names the interpreter of one with `requirements.txt` beside this file.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SESSION = Path(__file__).with_name("sdk_session.py")


def test_the_published_sdk_completes_a_session() -> None:
    python = os.environ.get("CONTRACTGATE_SDK_PYTHON", "")
    assert python, "set CONTRACTGATE_SDK_PYTHON to a Python that has the published SDK"
    serve = [sys.executable, "-m", "contractgate_core", "serve", "--port", "0"]
    with subprocess.Popen(serve, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            url, key = (server.stdout.readline().split()[-1] for _ in range(2))
            done = subprocess.run(
                [python, "-W", "error", str(SESSION), url, key],
                capture_output=True,
                text=True,
                check=False,
                timeout=120,
            )
        finally:
            server.terminate()
    assert done.stdout == "contractgate 0.4.0: the session is complete\n", done.stderr
    assert server.returncode == 0
