"""How much random data the tests draw, how a failure is printed, and what is not measured."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator

import pytest
from hypothesis import settings

# In full size by default; CONTRACTGATE_TESTS=tenth, as nox sets it on all Pythons but the newest,
# draws a tenth. A failing example is printed with a line that reproduces it.
settings.register_profile("full", max_examples=200, deadline=None, print_blob=True)
settings.register_profile("tenth", max_examples=20, deadline=None, print_blob=True)
settings.load_profile(os.environ.get("CONTRACTGATE_TESTS", "full"))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Keep the garbage collector from what is there before the first test, for as long as they run.

    Thousands of tests and recordings, which it would go through again and again; what a test makes,
    and leaves behind, it finds as before.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Measure no coverage of heavy tests, which would take three times as long.

    pytest-cov's mark `no_cover` has no effect under xdist: beside the measurement that it stops, a
    second one is there, of which the process began as if it were alone (pytest-cov 7.1).
    """
    trace = sys.gettrace() if item.get_closest_marker("untraced") else None
    if trace is not None:
        sys.settrace(None)
    try:
        return (yield)
    finally:
        if trace is not None:
            sys.settrace(trace)
