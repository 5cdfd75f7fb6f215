"""A gateway for both SDKs, and the Python that has the published one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session")
def published_python() -> str:
    """The interpreter of an environment with `requirements.txt`; see `nox -s published`."""
    python = os.environ.get("CONTRACTGATE_SDK_PYTHON", "")
    assert python, "set CONTRACTGATE_SDK_PYTHON to a Python that has the published SDK"
    return python


@pytest.fixture
def gateway() -> Iterator[tuple[str, str]]:
    """The URL and the key of a new `contractgate serve`."""
    yield from serving()


@pytest.fixture(scope="module")
def shared_gateway() -> Iterator[tuple[str, str]]:
    """The same, for all tests of a module."""
    yield from serving()


def serving() -> Iterator[tuple[str, str]]:
    """Start a gateway, and end it, which it must do as it should."""
    serve = [sys.executable, "-m", "contractgate_core", "serve", "--port", "0"]
    with subprocess.Popen(serve, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            url, key = (server.stdout.readline().split()[-1] for _ in range(2))
            yield url, key
        finally:
            server.terminate()
    assert server.returncode == 0
