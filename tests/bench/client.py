"""Measures what the clients cost: against a bare httpx client, and against the published SDK.

    python tests/bench/client.py [--published PYTHON] [--rounds N] [--seconds S]

All send the same batches to the same server on this machine, one after the other with the sync and
with the async client, and 64 at once. The bare client encodes the events with msgspec, sends the
bytes, and reads the answer with msgspec into the same structs; it is the least that can be done.
Each peer is a process of its own; rounds are interleaved, and of all rounds the fastest counts.
PYTHON is an interpreter in whose environment contractgate 0.4.0 is installed.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Optional

__all__ = ["LIMIT", "Cell", "measure", "server"]

HERE = Path(__file__).parent
SIZES = (1, 100, 1000)
WAYS = ("sync", "async", "64 at once")
LIMIT = 1.15
"""How much more than the bare client ours may take."""


class Cell(NamedTuple):
    """One figure.

    Attributes:
        peer: `bare`, `ours` or `published`.
        way: How batches are sent.
        size: How many events a batch has.
    """

    peer: str
    way: str
    size: int


class Peer:
    """The process of one peer.

    Args:
        name: Its name.
        python: The interpreter.
        port: Where the server listens.
    """

    def __init__(self, name: str, python: str, port: int) -> None:
        self.name = name
        self._process = subprocess.Popen(
            [python, str(HERE / "client_worker.py"), name, str(port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def seconds(self, way: str, size: int, batches: int) -> float:
        """Send so many batches, and give how long one took."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([way, size, batches]) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"the process of {self.name} has ended")
        seconds: float = json.loads(answer)
        return seconds

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)
        assert self._process.stdout is not None
        self._process.stdout.close()


@contextlib.contextmanager
def server() -> Iterator[int]:
    """Run the server that answers every batch at once; give its port."""
    process = subprocess.Popen(
        [sys.executable, str(HERE / "client_server.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.wait(timeout=30)
        process.stdout.close()  # type: ignore[union-attr]  # as above


def measure(published: Optional[str], rounds: int, seconds: float) -> dict[Cell, float]:
    """Measure all cells.

    Args:
        published: The interpreter of the published SDK, if there is one.
        rounds: How many rounds there are of each.
        seconds: How long a round takes, about.

    Returns:
        The **seconds** a batch took in the fastest round.
    """
    best: dict[Cell, float] = {}
    with server() as port:
        peers = [Peer("bare", sys.executable, port), Peer("ours", sys.executable, port)]
        peers += [Peer("published", published, port)] if published else []
        try:
            for way in WAYS:
                for size in SIZES:
                    least = 256 if way == "64 at once" else 4
                    batches = max(int(seconds / peers[0].seconds(way, size, least)), least)
                    for _ in range(rounds if way != "64 at once" else rounds // 4 + 1):
                        for peer in peers:
                            took = peer.seconds(way, size, batches)
                            cell = Cell(peer.name, way, size)
                            best[cell] = min(took, best.get(cell, took))
        finally:
            for peer in peers:
                peer.close()
    return best


def table(best: dict[Cell, float]) -> str:
    """Write the figures, with their ratios to the bare client."""
    peers = list(dict.fromkeys(cell.peer for cell in best))
    lines = [f"{'':24}" + "".join(f"{peer:>22}" for peer in peers)]
    for way in WAYS:
        for size in SIZES:
            line = f"{way:<12}{size:>6} events"
            bare = best[Cell("bare", way, size)]
            for peer in peers:
                took = best[Cell(peer, way, size)]
                line += f"{took * 1e6:>12,.0f} us {took / bare:>5.2f} x"
            lines.append(line)
    return "\n".join(lines)


def problems(best: dict[Cell, float]) -> list[str]:
    """Say where ours is slower than promised."""
    found: list[str] = []
    for (peer, way, size), took in best.items():
        if peer != "ours":
            continue
        ratio = took / best[Cell("bare", way, size)]
        if ratio > LIMIT:
            found.append(f"{way}, {size} events: {ratio:.2f} times the bare client")
        published = best.get(Cell("published", way, size))
        if published is not None and size >= 100 and took > published:
            found.append(f"{way}, {size} events: slower than the published SDK")
    return found


def main() -> int:
    """Print the figures; the exit code says whether they are as promised."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--published", metavar="PYTHON")
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--seconds", type=float, default=0.03)
    arguments = parser.parse_args()
    best = measure(arguments.published, arguments.rounds, arguments.seconds)
    print(table(best))
    found = problems(best)
    print(*found, sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
