"""Two processes and their children at one file, in random order."""

from __future__ import annotations

import multiprocessing

import pytest
from hypothesis import settings

from lock_schedules import run_schedules

COUNT = max(8, settings().max_examples // 8)
"""How many schedules there are; `nox -s schedules` runs more."""

NEEDED = {"open", "again", "ingest", "close", "read", "fork", "call", "kill", "turns"}


@pytest.mark.skipif(
    "forkserver" not in multiprocessing.get_all_start_methods(), reason="there is no fork here"
)
def test_two_gateways_never_share_a_file_and_nothing_is_lost() -> None:
    """Whichever process opens, is refused, reads, forks, closes or is killed."""
    happened = run_schedules(COUNT, seed=7)
    assert happened.keys() >= NEEDED
