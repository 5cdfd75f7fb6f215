"""What is measured: each peer's fastest natural way through each task.

A peer is a class with methods named after the tasks it can do; the constructor prepares whatever
the peer needs and is not measured. A task returns one truth value an event, or None where the peer
reads without judging. Each peer is imported in a process, and mostly an environment, of its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Optional

import workloads

__all__ = ["PEERS", "TASKS", "Input", "tasks_of"]

Verdicts = Optional[list[bool]]

TASKS = {
    "lines": "NDJSON bytes to verdicts, every violation named",
    "text": "JSON texts to verdicts, one by one",
    "value": "Python objects to verdicts, one by one",
    "batch": "Python objects to verdicts, all at once",
}
"""The tasks and what they measure."""


class Input:
    """The events of one workload in every form that a peer may want."""

    def __init__(self, workload: str, count: int, bad: float) -> None:
        self.contract = workloads.CONTRACTS[workload]
        self.values = workloads.events(workload, count, bad)
        self.lines = workloads.lines(self.values)
        self.body = b"".join(line + b"\n" for line in self.lines)
        self.now = workloads.NOW


class Ours:
    """This package."""

    def __init__(self, given: Input) -> None:
        from contractgate_core import Contract

        self._given = given
        self._compiled = Contract.from_yaml(given.contract).compile()

    def lines(self) -> Verdicts:
        results = self._compiled.validate_batch_json(
            self._given.body, ndjson=True, now=self._given.now
        )
        return [result.passed for result in results]

    def text(self) -> Verdicts:
        judge, now = self._compiled.validate_json, self._given.now
        return [judge(line, now=now).passed for line in self._given.lines]

    def value(self) -> Verdicts:
        judge, now = self._compiled.validate, self._given.now
        return [judge(event, now=now).passed for event in self._given.values]

    def batch(self) -> Verdicts:
        results = self._compiled.validate_batch(self._given.values, now=self._given.now)
        return [result.passed for result in results]


class PublishedSdk:
    """`contractgate` 0.4.0 of the package index."""

    def __init__(self, given: Input) -> None:
        from contractgate import Contract

        self._given = given
        self._compiled = Contract.from_yaml(given.contract).compile()

    def lines(self) -> Verdicts:
        judge = self._compiled.validate
        return [judge(json.loads(line)).passed for line in self._given.lines]

    text = lines

    def value(self) -> Verdicts:
        judge = self._compiled.validate
        return [judge(event).passed for event in self._given.values]

    batch = value


class Orjson:
    """`orjson.loads` alone: a yardstick, not a judge."""

    def __init__(self, given: Input) -> None:
        import orjson

        self._given, self._decode = given, orjson.loads

    def lines(self) -> Verdicts:
        decode = self._decode
        for line in self._given.lines:
            decode(line)
        return None

    text = lines


class Msgspec(Orjson):
    """`msgspec.json.Decoder().decode` alone: a yardstick, not a judge."""

    def __init__(self, given: Input) -> None:
        import msgspec

        self._given, self._decode = given, msgspec.json.Decoder().decode


PEERS: dict[str, Callable[[Input], Any]] = {
    "ours": Ours,
    "sdk": PublishedSdk,
    "orjson": Orjson,
    "msgspec": Msgspec,
}
"""Every peer by its name in the tables; the first one is what the others are compared with."""


def tasks_of(peer: object) -> dict[str, Callable[[], Verdicts]]:
    """Find what a peer can do."""
    return {task: getattr(peer, task) for task in TASKS if hasattr(peer, task)}
