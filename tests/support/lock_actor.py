"""A process that does with a database what it is told: opens it, reads it, forks, is killed.

What it answers is all that the one who tells it knows; see `lock_schedules`.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import json
import os
import shutil
import sqlite3
import time
import warnings
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Optional

from contractgate_http.local import DatabaseError, GatewayClosedError, LocalGateway
from gateway_ledger import CONTRACTS
from gateway_tools import Session

__all__ = ["MOST_SECONDS", "serve"]

MOST_SECONDS = 60.0
"""How long anybody waits for anybody."""


def serve(pipe: Connection, path: str) -> None:
    """Do what comes out of the pipe, until that ends."""
    actor = _Actor(Path(path))
    with contextlib.suppress(EOFError):
        while True:
            name, *arguments = pipe.recv()
            for answer in getattr(actor, name)(*arguments):
                pipe.send(answer)


class _Actor:
    """Each method gives its answers one by one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._gateway: Optional[LocalGateway] = None

    def open(self) -> Iterator[bool]:
        """Open the database; tell whether that went well."""
        try:
            gateway = LocalGateway(self._path)
        except DatabaseError as error:
            assert "in use" in str(error), error
            yield False
        else:
            assert self._gateway is None
            self._gateway = gateway
            yield True

    def again(self, way: str) -> Iterator[bool]:
        """Open the database once more, by a path of its own; tell whether that went well."""
        other = self._path.with_name(f"{way}-{os.getpid()}.db")
        if way == "symbolic":
            other.symlink_to(self._path)
        elif way == "hard" and self._path.exists():
            os.link(self._path, other)
        else:
            other = self._path.parent / ".." / self._path.parent.name / self._path.name
        is_opened = _try(other, [])
        if way in other.name:
            other.unlink()
        yield is_opened

    def ingest(self, numbers: list[int]) -> Iterator[int]:
        """Send events one by one; give the number of each that was taken, and -1 at the end."""
        assert self._gateway is not None
        yield from _sent(self._gateway, numbers)
        yield -1

    def turns(self, seconds: float, numbers: list[int]) -> Iterator[tuple[float, float, list[int]]]:
        """Open, send an event and close, again and again; give when that was, and what was taken.

        Moments are **seconds** of a clock that all processes share. The last turn has no time.
        """
        end = time.monotonic() + seconds
        while numbers and time.monotonic() < end:
            try:
                with LocalGateway(self._path) as gateway:
                    begun = time.monotonic()
                    taken = [*_sent(gateway, [numbers.pop()])]
                    ended = time.monotonic()
            except DatabaseError:
                continue
            yield begun, ended, taken
        yield 0.0, 0.0, []

    def read(self) -> Iterator[bool]:
        """Read and close all files, as a copy made by hand does."""
        copy = self._path.parent.with_name(f"copy-{os.getpid()}")
        shutil.copytree(self._path.parent, copy)
        shutil.rmtree(copy)
        yield True

    def query(self) -> Iterator[bool]:
        """Look into the database with SQLite alone; tell whether it let us."""
        connection = sqlite3.connect(self._path, timeout=0)
        try:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.OperationalError:
            is_let = False
        else:
            is_let = True
        finally:
            connection.close()
        yield is_let

    def backup(self, name: str) -> Iterator[bool]:
        """Copy the database."""
        assert self._gateway is not None
        self._gateway.backup(self._path.with_name(name))
        yield True

    def fork(self, end: str) -> Iterator[bool]:
        """Let a child try what it must not be able to do, and end; tell whether all is well."""
        child = _fork()
        if not child:
            code = 1
            with contextlib.suppress(BaseException):
                gateway, self._gateway = self._gateway, None
                _misbehave(self._path, gateway, end)
                code = 0
            os._exit(code)
        yield os.waitpid(child, 0)[1] == 0

    def leave(self, name: str, numbers: list[int]) -> Iterator[bool]:
        """Leave a child behind that tries to open the database when a file says so."""
        if not _fork():
            with contextlib.suppress(BaseException):
                _linger(self._path, name, numbers)
            os._exit(0)
        yield True

    def close(self) -> Iterator[bool]:
        """Close the database."""
        if self._gateway is not None:
            self._gateway.close()
        self._gateway = None
        yield True


def _fork() -> int:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _sent(gateway: LocalGateway, numbers: list[int]) -> Iterator[int]:
    client = Session(gateway, gateway.add_key(rate=1e9, burst=1e9))
    known = client.http.get("/contracts").json()
    contract_id = known[0]["id"] if known else client.deploy(CONTRACTS["numbers"])
    for number in numbers:
        if client.ingest(contract_id, {"n": number, "v": 1}).status_code == 200:
            yield number


def _try(path: Path, numbers: list[int]) -> bool:
    try:
        with LocalGateway(path) as gateway:
            taken = [*_sent(gateway, numbers)]
    except DatabaseError:
        return False
    assert taken == numbers
    return True


def _misbehave(path: Path, gateway: Optional[LocalGateway], end: str) -> None:
    """In a child: use what the parent has open, open it again, and end in some way."""
    if gateway is not None:
        with contextlib.suppress(GatewayClosedError):
            gateway.add_org()
            raise AssertionError("a child could use its parent's gateway")
        assert not _try(path, [])
        if end == "close":
            gateway.close()
    del gateway
    if end != "kill":
        gc.collect()
        atexit._run_exitfuncs()


def _linger(path: Path, name: str, numbers: list[int]) -> None:
    begin, told = path.parent.with_name(f"{name}-go"), path.parent.with_name(f"{name}-said")
    end = time.monotonic() + MOST_SECONDS
    while not begin.exists():
        if time.monotonic() > end:
            return
        time.sleep(0.005)
    said: dict[str, Any] = {"opened": _try(path, numbers)}
    part = told.with_suffix(".part")
    part.write_text(json.dumps(said))
    part.replace(told)
