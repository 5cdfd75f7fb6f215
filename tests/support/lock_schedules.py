"""Two processes and their children at one database, in random order, held to two promises.

    python tests/support/lock_schedules.py COUNT [SEED]

Never do two gateways have the database open at once, nor is it refused when nobody has it; and in
the end every event that was taken is in it once. A broken promise is told with its schedule, which
the seed makes again.
"""

from __future__ import annotations

import json
import multiprocessing
import random
import shutil
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Optional

from contractgate_http.local import LocalGateway
from gateway_ledger import rows_of
from gateway_tools import Session
from lock_actor import MOST_SECONDS, serve

__all__ = ["run_schedules"]

_STEPS = {
    "open": 6,
    "again": 2,
    "ingest": 4,
    "close": 2,
    "read": 3,
    "query": 1,
    "backup": 1,
    "fork": 3,
    "leave": 1,
    "call": 2,
    "kill": 2,
    "kill_busy": 1,
    "race": 1,
    "turns": 1,
}
"""What happens how often."""


class _Player:
    """One of the two processes, which comes back when it was killed."""

    def __init__(self, path: Path) -> None:
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["contractgate_http.local"])
        self._path = path
        self.start()

    def start(self) -> None:
        """Begin, or begin anew."""
        self._pipe, other = self._context.Pipe()
        self._process = self._context.Process(target=serve, args=(other, str(self._path)))
        self._process.start()
        other.close()

    def tell(self, *order: Any) -> None:
        """Tell it to do something."""
        self._pipe.send(order)

    def hear(self) -> Any:
        """Wait for an answer."""
        assert self._pipe.poll(MOST_SECONDS), "no answer"
        return self._pipe.recv()

    def ask(self, *order: Any) -> Any:
        """Let it do something and give its one answer."""
        self.tell(*order)
        return self.hear()

    def kill(self) -> Connection:
        """Kill it, give what it still said, and begin anew."""
        self._process.kill()
        self._process.join(MOST_SECONDS)
        last = self._pipe
        self.start()
        return last

    def end(self) -> None:
        """Let it go."""
        self._process.kill()
        self._process.join(MOST_SECONDS)
        self._process.close()
        self._pipe.close()


class Schedule:
    """One database, and what must be true of it.

    Args:
        folder: An empty folder.
        seed: What decides what happens.
    """

    def __init__(self, folder: Path, seed: int) -> None:
        self._draw = random.Random(seed)
        self._path = folder / "data" / "gate.db"
        self._path.parent.mkdir()
        self._holder: Optional[int] = None
        self._last = 0
        self._taken: set[int] = set()
        self._given: set[int] = set()
        self._children: list[tuple[str, list[int]]] = []
        self._backups = 0
        self._steps: list[str] = []

    def run(self) -> Counter[str]:
        """Let things happen; give how often what did.

        Raises:
            AssertionError: A promise is broken.
        """
        self._players = [_Player(self._path), _Player(self._path)]
        names, weights = zip(*_STEPS.items())
        try:
            for _ in range(self._draw.randint(8, 20)):
                name, who = self._draw.choices(names, weights)[0], self._draw.randrange(2)
                self._steps.append(f"{name} {who}")
                getattr(self, f"_{name}")(who)
            while self._children:
                self._call(0)
            self._check()
        except BaseException as error:
            raise AssertionError(f"{error!r} after {', '.join(self._steps)}") from error
        finally:
            for player in self._players:
                player.end()
        return Counter(step.split()[0] for step in self._steps)

    def _numbers(self, count: int) -> list[int]:
        first, self._last = self._last, self._last + count
        self._given.update(range(first, self._last))
        return [*range(first, self._last)]

    def _open(self, who: int) -> None:
        if self._holder == who:
            return self._again(who)
        opened = self._players[who].ask("open")
        assert opened == (self._holder is None), f"opened: {opened}, holder: {self._holder}"
        if opened:
            self._holder = who
        return None

    def _again(self, who: int) -> None:
        if not self._path.exists():  # a symbolic link to nothing is refused
            return
        way = self._draw.choice(["plain", "symbolic", "hard"])
        opened = self._players[who].ask("again", way)
        assert opened == (self._holder is None), f"opened: {opened}, holder: {self._holder}"

    def _ingest(self, who: int) -> None:
        if self._holder is not None:
            player = self._players[self._holder]
            numbers = self._numbers(self._draw.randint(1, 8))
            player.tell("ingest", numbers)
            taken = [*iter(player.hear, -1)]
            assert taken == numbers
            self._taken.update(taken)

    def _close(self, who: int) -> None:
        assert self._players[who].ask("close")
        self._holder = None if self._holder == who else self._holder

    def _read(self, who: int) -> None:
        assert self._players[who].ask("read")

    def _query(self, who: int) -> None:
        assert self._players[who].ask("query") == (self._holder is None)

    def _backup(self, who: int) -> None:
        if self._holder is not None:
            self._backups += 1
            name = f"backup-{self._backups}"
            assert self._players[self._holder].ask("backup", name)
            self._check_content(self._path.with_name(name))

    def _fork(self, who: int) -> None:
        end = self._draw.choice(["exit", "close", "kill"])
        assert self._players[who].ask("fork", end)

    def _leave(self, who: int) -> None:
        name, numbers = f"child-{self._last}-{len(self._children)}", self._numbers(2)
        assert self._players[who].ask("leave", name, numbers)
        self._children.append((name, numbers))

    def _call(self, who: int) -> None:
        """Let a child that was left behind open the database."""
        if not self._children:
            return
        name, numbers = self._children.pop(0)
        folder = self._path.parent
        folder.with_name(f"{name}-go").touch()
        told = folder.with_name(f"{name}-said")
        end = time.monotonic() + MOST_SECONDS
        while not told.exists():
            assert time.monotonic() < end, "no answer from a child"
            time.sleep(0.002)
        opened = json.loads(told.read_text())["opened"]
        assert opened == (self._holder is None), f"opened: {opened}, holder: {self._holder}"
        if opened:
            self._taken.update(numbers)

    def _kill(self, who: int) -> None:
        self._players[who].kill().close()
        self._holder = None if self._holder == who else self._holder

    def _kill_busy(self, who: int) -> None:
        """Kill whoever has the database while it writes."""
        if self._holder is not None:
            player = self._players[self._holder]
            player.tell("ingest", self._numbers(200))
            time.sleep(self._draw.uniform(0, 0.05))
            with player.kill() as last:
                self._taken.update(_left_in(last))
            self._holder = None

    def _race(self, who: int) -> None:
        """Let both try to open at the same time."""
        if self._holder is None:
            for player in self._players:
                player.tell("open")
            opened = [player.hear() for player in self._players]
            assert sum(opened) == 1, f"opened: {opened}"
            self._holder = opened.index(True)

    def _turns(self, who: int) -> None:
        """Let both open and close as often as they can."""
        if self._holder is not None:
            return
        for player in self._players:
            player.tell("turns", 0.1, self._numbers(100))
        turns = []
        for player in self._players:
            for begin, end, taken in iter(player.hear, (0.0, 0.0, [])):
                self._taken.update(taken)
                turns.append((begin, end))
        turns.sort()
        assert all(first[1] <= second[0] for first, second in zip(turns, turns[1:])), turns

    def _check(self) -> None:
        for who in (0, 1):
            self._close(who)
        if self._path.exists():
            connection = sqlite3.connect(self._path)
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            connection.close()
        self._check_content(self._path)

    def _check_content(self, path: Path) -> None:
        """All that was taken is there, and perhaps what was when a process was killed."""
        found = _numbers_in(path)
        assert self._taken <= found <= self._given, f"lost: {self._taken - found}"


def _left_in(pipe: Connection) -> list[int]:
    heard = []
    try:
        while pipe.poll(0):
            heard.append(pipe.recv())
    except (EOFError, OSError):  # the last was cut off
        pass
    return [number for number in heard if number >= 0]


def _numbers_in(path: Path) -> set[int]:
    with LocalGateway(path) as gateway:
        client = Session(gateway, gateway.add_key(rate=1e9, burst=1e9))
        rows = rows_of(client).audit
    assert all(count == 1 for count in rows.values())
    return {row.number for row in rows}


def run_schedules(count: int, seed: int) -> Counter[str]:
    """Run schedules; give how often what happened.

    Raises:
        AssertionError: A promise is broken.
    """
    total: Counter[str] = Counter()
    for number in range(seed, seed + count):
        folder = Path(tempfile.mkdtemp(prefix="lock-"))
        try:
            total += Schedule(folder, number).run()
        except AssertionError as error:
            raise AssertionError(f"seed {number}: {error}") from error
        finally:
            shutil.rmtree(folder)
    return total


def main(count: str = "1000", seed: str = "1") -> None:
    """Run schedules and say what happened."""
    begun = time.monotonic()
    total = run_schedules(int(count), int(seed))
    steps = ", ".join(f"{name} {times}" for name, times in sorted(total.items()))
    print(f"{count} schedules in {time.monotonic() - begun:.0f} s, no promise broken: {steps}")


if __name__ == "__main__":
    main(*sys.argv[1:])
