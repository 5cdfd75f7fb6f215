"""What events cost that are made to cost much, beside the limits that are promised.

`limits.py` measures them with the rest. Times are ratios of two that were taken in turns in one
process, memory is that of processes of their own.
"""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path

from table_rows import Row

from contractgate_core import Contract, EventDecodeError
from contractgate_core.engine.compiled import CompiledContract
from contractgate_core.events.decode import decode_event

__all__ = ["rows"]

MIB = 2**20

MOST_TIMES = 10
"""So many times as long as a good event of its size a malformed one may take."""

MOST_TIMES_OF_READING = 3
"""So many times as long as to decompress it a compressed input of blank lines may take."""

_CONTRACT = (
    "{version: 1, name: c, ontology: {entities: [{name: a, type: array, "
    "items: {name: i, type: integer}}]}}"
)


def _repeated(head: str, piece: str, tail: str) -> bytes:
    return f"{head}{piece * (MIB // len(piece))}{tail}".encode()


GOOD = {
    "objects": _repeated('{"a":[', '{"id":7,"s":"abc","n":1.5},', "0]}"),
    "integers": _repeated('{"a":[', "1,", "0]}"),
    "lists": _repeated('{"a":[', "[],", "0]}"),
    "members": _repeated("{", '"key":1,', '"a":[]}'),
    "short texts": _repeated('{"a":[', '"\\n",', "0]}"),
    "one text": _repeated('{"a":"', "x", '"}'),
    "one text of escapes": _repeated('{"a":"', "\\n", '"}'),
    "one text of backslashes": _repeated('{"a":"', "\\\\", '"}'),
    "one text of code units": _repeated('{"a":"', "\\ud83d\\ude00", '"}'),
    "one text beyond ASCII": _repeated('{"a":"', "\u00e9", '"}'),
    "white space": _repeated('{"a":', " ", "1}"),
}

FAULTS: dict[str, Callable[[bytes], bytes]] = {
    "end cut off": lambda text: text[:-1],
    "wrong bracket": lambda text: text[:-1] + b")",
    "more text": lambda text: text + b"1",
    "no UTF-8": lambda text: text[:-3] + b"\xff" + text[-3:],
    "control character": lambda text: text[:-3] + b"\x01" + text[-3:],
    "bad escape": lambda text: text[:-3] + b"\\x" + text[-3:],
    "lone surrogate": lambda text: text[:-3] + b"\\ud800" + text[-3:],
    "number too large": lambda text: text[:-1] + b',"b":1e999}',
    "too many levels": lambda text: text[:-1] + b',"b":' + b"[" * 128 + b"]" * 128 + b"}",
    "in the middle": lambda text: text[: MIB // 2] + b"\x01" + text[MIB // 2 :],
}

# Prints megabytes above what there was with the event itself.
_MEMORY = """
import sys, io
sys.path.insert(0, sys.argv[1])
from peak_memory import peak_megabytes
import contractgate_core.cli
from contractgate_core import Contract
compiled = Contract.from_yaml(sys.argv[2]).compile()
compiled.is_valid({"a": ["x"]}), compiled.validate({"a": ["x"]}), list(compiled.scan(b"{}"))
way, event = sys.argv[3], {"a": ["x"] * 1_000_000}
text = b'{"a": [' + b'"x",' * 999_999 + b'"x"]}'
start = peak_megabytes()
if way == "validate":
    assert len(compiled.validate(event).violations) == 1_000_000
elif way == "is_valid":
    assert not compiled.is_valid(event)
elif way == "test":
    with open("contract.yaml", "w") as file:
        file.write(sys.argv[2])
    with open("events.json", "wb") as file:
        file.write(text)
    sys.stdout = io.TextIOWrapper(io.BytesIO())
    arguments = ["test", "--contract", "contract.yaml", "--data", "events.json"]
    assert contractgate_core.cli.main(arguments) == 1
    sys.stdout = sys.__stdout__
print(peak_megabytes() - start)
"""
_MOST_MEGABYTES = {"validate": 260, "is_valid": 30, "test": 110}


def rows(rounds: int, blank_mb: int) -> Iterator[Row]:
    """Measure, and give the figures.

    Args:
        rounds: How often each is timed; the least time counts.
        blank_mb: How many megabytes of blank lines are read compressed.
    """
    compiled = Contract.from_yaml(_CONTRACT).compile()
    for name, good in GOOD.items():
        malformed = {what: fault(good) for what, fault in FAULTS.items()}
        for way, call in (("validate_json", compiled.validate_json), ("scan", _scanning(compiled))):
            yield _slowest(f"{way}, 1 MiB, {name}", call, good, malformed, rounds)
    yield from _blank_lines(compiled, rounds, blank_mb)
    for way, most in _MOST_MEGABYTES.items():
        what = f"{way} of 4 MB with a million bad items, MB beyond the event"
        yield Row(what, _megabytes(way), most)


def _scanning(compiled: CompiledContract) -> Callable[[bytes], object]:
    # As lines, so that it is not first tried whether the whole input is one object.
    return lambda text: list(compiled.scan(text + b"\n", format="ndjson"))


def _slowest(
    what: str,
    call: Callable[[bytes], object],
    good: bytes,
    malformed: dict[str, bytes],
    rounds: int,
) -> Row:
    """Compare the slowest malformed text with the good one, of which every value is read."""
    # Once its types are made, a contract passes over what it does not declare.
    ways = (call, decode_event)
    least = max(min(_seconds(way, good) for _ in range(rounds)) for way in ways)
    times = {
        fault: min(_seconds(call, text) for _ in range(rounds)) / least
        for fault, text in malformed.items()
    }
    worst = max(times, key=times.__getitem__)
    return Row(f"{what}: {worst}, times as long as a good one", times[worst], MOST_TIMES)


def _seconds(call: Callable[[bytes], object], text: bytes) -> float:
    start = time.process_time()
    with suppress(EventDecodeError):
        call(text)
    return time.process_time() - start


def _blank_lines(compiled: CompiledContract, rounds: int, megabytes: int) -> Iterator[Row]:
    for name, line in (("LF", b"\n"), ("CR LF", b"\r\n")):
        plain = line * (10_000_000 // len(line))
        seconds = min(_seconds(_scanning(compiled), plain) for _ in range(rounds))
        yield Row(f"scan of 10 MB of blank lines, {name}, ms", seconds * 1e3, 100)
        packed = gzip.compress(plain) * (megabytes // 10)
        alone = min(_seconds(_decompress, packed) for _ in range(rounds))
        seconds = min(
            _seconds(lambda text: list(compiled.scan(text)), packed) for _ in range(rounds)
        )
        what = f"scan of {megabytes} MB of blank lines in gzip, {name}, {seconds:.2f} s: "
        yield Row(f"{what}times as long as to unpack it", seconds / alone, MOST_TIMES_OF_READING)


def _decompress(packed: bytes) -> None:
    with gzip.GzipFile(fileobj=BytesIO(packed)) as file:
        while file.read1(2**16):
            pass


def _megabytes(way: str) -> float:
    import tempfile

    support = str(Path(__file__).parents[1] / "support")
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-c", _MEMORY, support, _CONTRACT, way],
            cwd=folder,
            stdout=subprocess.PIPE,
            check=True,
        )
    return float(json.loads(done.stdout))
