"""A process beside that of a test, which opens what the test has open."""

from __future__ import annotations

import multiprocessing
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from contractgate_http.local import DatabaseError, LocalGateway
from processes import MOST_SECONDS

__all__ = ["open_elsewhere"]


def open_elsewhere(path: Path) -> str:
    """Let another process, no child of this one, open and close a gateway's database.

    Returns:
        `opened`, or why it cannot.
    """
    ways = multiprocessing.get_all_start_methods()
    context: Any = multiprocessing.get_context("forkserver" if "forkserver" in ways else "spawn")
    context.set_forkserver_preload(["contractgate_http.local"])
    here, there = context.Pipe()
    process = context.Process(target=_open, args=(path, there))
    process.start()
    there.close()
    try:
        assert here.poll(MOST_SECONDS), "no answer"
        told: str = here.recv()
    finally:
        process.kill()
        process.join(MOST_SECONDS)
        here.close()
    return told


def _open(path: Path, answers: Connection) -> None:
    try:
        LocalGateway(path).close()
    except DatabaseError as error:
        answers.send(str(error))
    else:
        answers.send("opened")
