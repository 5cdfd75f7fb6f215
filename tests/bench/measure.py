"""Peers side by side: one process each, rounds interleaved, the shortest time counts."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Union

__all__ = ["Difference", "Measurement", "Peer", "measure"]

_WORKER = Path(__file__).with_name("worker.py")


class Difference(NamedTuple):
    """A peer that judges the same events unlike the first one, so that its time means nothing.

    Attributes:
        peer: Its name.
        workload: On which events.
        about: What both say.
    """

    peer: str
    workload: str
    about: str


class Measurement(NamedTuple):
    """One task of one peer on one workload.

    Attributes:
        peer: Its name.
        task: What it did.
        workload: On which events.
        bad: The share of events that break the contract.
        ns: The shortest time, in nanoseconds an event.
    """

    peer: str
    task: str
    workload: str
    bad: float
    ns: float


class Peer:
    """A peer's process.

    Args:
        name: Its name in `peers.PEERS`.
        python: The interpreter whose environment it lives in.
    """

    def __init__(self, name: str, python: str) -> None:
        self.name = name
        self._process = subprocess.Popen(
            [python, str(_WORKER), name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.about = self.ask("hello")

    def ask(self, do: str, **arguments: object) -> dict[str, Any]:
        """Send a request and wait for the reply."""
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise RuntimeError("the process has no pipes")
        stdin.write(json.dumps({"do": do, **arguments}) + "\n")
        stdin.flush()
        line = stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} ended with {self._process.wait()} at {do}")
        reply: dict[str, Any] = json.loads(line)
        return reply

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


def measure(
    peers: Sequence[Peer],
    workload: str,
    bad: float,
    *,
    tasks: Sequence[str],
    count: int,
    rounds: int,
) -> Iterator[Union[Measurement, Difference]]:
    """Measure every task of every peer on one workload.

    Args:
        peers: The first one's verdicts are what the others must give to be compared.
        workload: Its name.
        bad: The share of events that break the contract.
        tasks: Which ones.
        count: How many events.
        rounds: How often each is done.
    """
    can = {}
    for peer in peers:
        reply = peer.ask("prepare", workload=workload, count=count, bad=bad)
        can[peer.name] = set(reply["tasks"])
    for task in tasks:
        able = [peer for peer in peers if task in can[peer.name]]
        reference = ""
        for name, (ns, verdicts) in _rounds(able, task, rounds).items():
            reference = reference or verdicts
            if verdicts and verdicts != reference:
                about = f"{task} of {workload}, {bad:.0%} bad: {able[0].name} says {reference}"
                yield Difference(name, workload, f"{about}, {name} says {verdicts}")
            else:
                yield Measurement(name, task, workload, bad, ns / count)


def _rounds(peers: Sequence[Peer], task: str, rounds: int) -> Mapping[str, tuple[int, str]]:
    """Take turns, so that a busy moment of the machine hits all alike."""
    for peer in peers:
        peer.ask("run", task=task)  # to get warm
    best: dict[str, tuple[int, str]] = {}
    for _ in range(rounds):
        for peer in peers:
            reply = peer.ask("run", task=task)
            found = (reply["ns"], reply["verdicts"])
            best[peer.name] = min(found, best.get(peer.name, found))
    return best
