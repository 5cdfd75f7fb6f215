"""What `compile`, `scan` and hostile events cost, beside the limits that are promised.

    python tests/bench/limits.py [--scan-mb 2048] [--workers-mb 500]

It needs contractgate-core, a machine that does nothing else, and room for the larger file where
temporary files are. The exit code is 1 if a limit is broken.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from hostile_events import rows as event_rows
from table_rows import Row
from workloads import events, lines

from contractgate_core import Contract, FieldDefinition, FieldType, Ontology

# Prints seconds, and megabytes above the interpreter's start.
_SCAN = """
import sys
sys.path.insert(0, sys.argv[1])
from peak_memory import peak_megabytes
start = peak_megabytes()
import json, time
from contractgate_core import Contract
from workloads import contract
compiled = Contract.from_yaml(contract("flat")).compile()
began = time.perf_counter()
scan = compiled.scan(sys.argv[2], workers=int(sys.argv[3]))
failed = sum(1 for _ in scan)
seconds = time.perf_counter() - began
assert not failed and scan.totals.passed
print(json.dumps([seconds, peak_megabytes() - start]))
"""


def main() -> int:
    """Print a table; return 1 if a limit is broken."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scan-mb", type=int, default=2_048, help="the file for memory; 0: none")
    parser.add_argument("--workers-mb", type=int, default=500, help="the file to share; 0: none")
    parser.add_argument("--blank-mb", type=int, default=1_000, help="blank lines in gzip")
    arguments = parser.parse_args()
    # Workers would compile every module anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    print("| what | figure | limit | |\n| --- | ---: | ---: | --- |")
    rows = []
    for row in _rows(arguments):
        print(row, flush=True)
        rows.append(row)
    return int(any(row.is_broken() for row in rows))


def _rows(arguments: argparse.Namespace) -> Iterator[Row]:
    rounds = arguments.rounds
    yield Row("compile, 40 fields with 10 patterns, ms", _compile_ms(40, 10, rounds), 5)
    yield Row("compile, 1,000 fields, ms", _compile_ms(1_000, 0, rounds), 80)
    yield from event_rows(rounds, arguments.blank_mb)
    if arguments.workers_mb:
        yield _workers(arguments.workers_mb, rounds)
    if arguments.scan_mb:
        yield _memory(arguments.scan_mb)


def _compile_ms(fields: int, patterns: int, rounds: int) -> float:
    """Time `compile` alone, each time of a contract with patterns that were never seen."""
    times = []
    for number in range(rounds + 1):  # the first one loads modules
        made = _made(fields, patterns, number)
        start = time.process_time_ns()
        made.compile()
        times.append(time.process_time_ns() - start)
    return min(times[1:]) / 1e6


def _made(fields: int, patterns: int, number: int) -> Contract:
    """Make a contract: strings, the first of them with patterns, and numbers within bounds."""
    entities: list[FieldDefinition] = []
    for index in range(fields):
        name = f"field_{index}"
        if index < patterns:
            pattern = rf"^[a-z]{{{number + 2},{index + number + 9}}}(-\d+)*$"
            entities.append(FieldDefinition(name, FieldType.STRING, pattern=pattern))
        elif index % 2:
            entities.append(FieldDefinition(name, FieldType.STRING, max_length=64))
        else:
            entities.append(FieldDefinition(name, FieldType.FLOAT, min=0.0, max=1e6))
    return Contract(version="1", name="made", ontology=Ontology(tuple(entities)))


def _workers(megabytes: int, rounds: int) -> Row:
    """Share a file between two processes, and compare with one, in turns."""
    with tempfile.TemporaryDirectory() as folder:
        file = _file(Path(folder), megabytes)
        found = [(_scan(file, 1)[0], _scan(file, 2)[0]) for _ in range(rounds)]
    one, two = (min(column) for column in zip(*found))
    cores = os.cpu_count()
    what = f"scan of {megabytes} MB, {one:.2f} s: two processes, {cores} cores, times as fast"
    return Row(what, one / two, 1.7, is_least=True)


def _memory(megabytes: int) -> Row:
    """Scan a file in one process."""
    with tempfile.TemporaryDirectory() as folder:
        seconds, most = _scan(_file(Path(folder), megabytes), 1)
    what = f"scan of {megabytes} MB, {seconds:.2f} s: MB above the interpreter's start"
    return Row(what, most, 80)


def _file(folder: Path, megabytes: int) -> Path:
    """Write good events up to a size."""
    block = b"".join(line + b"\n" for line in lines(events("flat", 20_000, bad=0.0)))
    path = folder / "events.ndjson"
    with path.open("wb") as file:
        for _ in range(max(1, round(megabytes * 1e6 / len(block)))):
            file.write(block)
    return path


def _scan(file: Path, workers: int) -> tuple[float, float]:
    """Scan in a process of its own; all records must pass."""
    support = str(Path(__file__).parents[1] / "support")
    done = subprocess.run(
        [sys.executable, "-c", _SCAN, support, str(file), str(workers)],
        cwd=Path(__file__).parent,
        stdout=subprocess.PIPE,
        check=True,
    )
    seconds, megabytes = json.loads(done.stdout)
    return float(seconds), float(megabytes)


if __name__ == "__main__":
    sys.exit(main())
