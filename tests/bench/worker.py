"""One peer in a process of its own: runs a task when it is told to, and says how long it took.

It speaks JSON lines: a request on standard input, a reply on standard output.
"""

from __future__ import annotations

import gc
import hashlib
import json
import sys
import time
from collections.abc import Callable
from importlib import metadata
from typing import Any, Optional

from peers import PEERS, Input, tasks_of

PACKAGES = (
    "contractgate-core",
    "contractgate",
    "msgspec",
    "orjson",
    "jsonschema-rs",
    "fastjsonschema",
    "pydantic",
)


class Worker:
    """Keeps the input between requests."""

    def __init__(self, peer: str) -> None:
        self._make = PEERS[peer]
        self._tasks: dict[str, Callable[[], Any]] = {}

    def hello(self) -> dict[str, Any]:
        """Tell the versions that are measured."""
        return {"python": sys.version.split()[0], "packages": _versions()}

    def prepare(self, workload: str, count: int, bad: float) -> dict[str, Any]:
        """Make the input; tell the tasks this peer can do, or why it can do none."""
        self._tasks = {}
        try:
            self._tasks = tasks_of(self._make(Input(workload, count, bad)))
        except Exception as error:  # a peer that refuses a contract is a result
            return {"tasks": [], "refused": f"{type(error).__name__}: {error}"[:200]}
        return {"tasks": list(self._tasks)}

    def run(self, task: str) -> dict[str, Any]:
        """Do a task once."""
        function = self._tasks[task]
        gc.collect()
        gc.disable()
        # What other processes take of the processor does not count.
        start = time.process_time_ns()
        verdicts = function()
        duration = time.process_time_ns() - start
        gc.enable()
        return {"ns": duration, "verdicts": _digest(verdicts)}


def _digest(verdicts: Optional[list[bool]]) -> str:
    """Write what can be compared; empty if nothing was judged."""
    if verdicts is None:
        return ""
    digest = hashlib.sha256(bytes(map(bool, verdicts))).hexdigest()[:16]
    return f"{sum(map(bool, verdicts))} of {len(verdicts)} pass, {digest}"


def _versions() -> dict[str, str]:
    versions = {}
    for package in PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return versions


def main() -> None:
    """Answer requests until there are no more."""
    worker = Worker(sys.argv[1])
    for line in sys.stdin:
        request = json.loads(line)
        reply = getattr(worker, request.pop("do"))(**request)
        print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    main()
