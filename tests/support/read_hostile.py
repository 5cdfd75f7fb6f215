"""Reads one hostile contract in a process of its own, and tells what that took."""

from __future__ import annotations

import contextlib
import json
import pickle
import subprocess
import sys
import time
from collections.abc import Callable
from typing import NamedTuple, Optional

from contractgate_core import CompiledContract, Contract, ContractCompileError
from peak_memory import peak_megabytes

__all__ = ["CompileCost", "Cost", "compile_hostile", "read_hostile"]

_EVENTS = 40
"""So many events are judged, with fast ways made for the contract on the way."""


class Cost(NamedTuple):
    """What reading a contract took, and what came of it.

    Attributes:
        error: The refusal, or the empty text.
        seconds: How long the processor was busy with reading it.
        megabytes: How much more memory the process then had had at most.
        uses: For a contract that is accepted, how many such seconds each use of it took.
    """

    error: str
    seconds: float
    megabytes: float
    uses: dict[str, float]


class CompileCost(NamedTuple):
    """What compiling a contract took that had been read, and judging events by it.

    Attributes:
        error: The refusal, or the empty text.
        compile: How long the processor was busy with compiling.
        event: How long it was with that one of the first events that took longest.
        megabytes: How much more memory the process had had at most when it was compiled, with what
            it took to read it.
    """

    error: str
    compile: float
    event: float
    megabytes: float


def compile_hostile(text: str) -> CompileCost:
    """Read and compile a contract elsewhere, and judge some events by it.

    Raises:
        AssertionError: It made anything but the documented errors.
    """
    command = [sys.executable, __file__, "--compile"]
    done = subprocess.run(command, input=text.encode(), capture_output=True, check=False)
    assert not done.stderr, done.stderr.decode()
    return CompileCost(*json.loads(done.stdout))


def read_hostile(text: str, *, use: bool = True) -> Cost:
    """Read a contract elsewhere.

    Args:
        text: The contract.
        use: Whether to do all that can be done with it, too, if it is accepted.

    Raises:
        AssertionError: It made anything but the documented errors.
    """
    command = [sys.executable, __file__, *(["--use"] if use else [])]
    done = subprocess.run(command, input=text.encode(), capture_output=True, check=False)
    assert not done.stderr, done.stderr.decode()
    return Cost(*json.loads(done.stdout))


def _timed(use: Callable[[], object]) -> float:
    """Tell how many **seconds** the processor was busy with a use."""
    start = time.process_time()
    use()
    return time.process_time() - start


def _hash(value: object) -> None:
    """Hash what can be hashed: lists in allowed values cannot."""
    with contextlib.suppress(TypeError):
        hash(value)


def _use(contract: Contract) -> dict[str, float]:
    """Do all that can be done with a contract, and with the equal one that it reads back as."""
    written: list[str] = []
    twins: list[Contract] = []
    verbs: dict[str, Callable[[], object]] = {
        "hash": lambda: _hash(contract),
        "repr": lambda: repr(contract),
        "to_yaml": lambda: written.append(contract.to_yaml()),
        "from_yaml": lambda: twins.append(Contract.from_yaml(written[0])),
        "to_dict": contract.to_dict,
        "pickle": lambda: pickle.loads(pickle.dumps(contract)),
        "compile": contract.compile,
    }
    uses = {name: _timed(verb) for name, verb in verbs.items()}
    equal: list[bool] = []
    uses["=="] = _timed(lambda: equal.append(contract == twins[0]))
    assert equal == [True]
    return uses


def _compile(text: str) -> CompileCost:
    """Compile a contract, and judge events by it until all fast ways are made."""
    warm = "{version: 1, name: c, ontology: {entities: [{name: a, type: string, pattern: '\\w'}]}}"
    _first_events(Contract.from_yaml(warm))
    before = peak_megabytes()
    contract = Contract.from_yaml(text)
    error, event, compiled = "", 0.0, None
    start = time.process_time()
    try:
        compiled = contract.compile()
    except ContractCompileError as refusal:
        error = str(refusal)
    seconds, megabytes = time.process_time() - start, peak_megabytes() - before
    if not error:
        event = _first_events(contract, compiled)
    return CompileCost(error, seconds, event, megabytes)


def _first_events(contract: Contract, compiled: Optional[CompiledContract] = None) -> float:
    compiled = compiled or contract.compile()
    verbs = (lambda: compiled.validate({}), lambda: compiled.validate_json(b"{}"))
    return max(_timed(verb) for verb in verbs for _ in range(_EVENTS))


def main() -> None:
    """Read a contract from stdin and write its cost to stdout."""
    text = sys.stdin.buffer.read().decode()
    if "--compile" in sys.argv:
        json.dump(_compile(text), sys.stdout)
        return
    Contract.from_yaml("{version: 1, name: c, ontology: {entities: []}}")
    before, start = peak_megabytes(), time.process_time()
    contract, error = None, ""
    try:
        contract = Contract.from_yaml(text)
    except ContractCompileError as refusal:
        error = str(refusal)
    seconds, megabytes = time.process_time() - start, peak_megabytes() - before
    uses = {}
    if contract is not None and "--use" in sys.argv:
        uses = _use(contract)
    json.dump([error, seconds, megabytes, uses], sys.stdout)


if __name__ == "__main__":
    main()
