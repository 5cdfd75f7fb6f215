"""The published SDK, from the package index, completes a session with `contractgate serve`.

It has the import name of our own meta package, so it lives in an environment of its own:
`CONTRACTGATE_SDK_PYTHON` names the interpreter of one with `requirements.txt` beside this file.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

SESSION = Path(__file__).with_name("sdk_session.py")


def test_the_published_sdk_completes_a_session(
    published_python: str, gateway: tuple[str, str]
) -> None:
    done = subprocess.run(
        [published_python, "-W", "error", str(SESSION), *gateway],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.stdout == "contractgate 0.4.0: the session is complete\n", done.stderr
