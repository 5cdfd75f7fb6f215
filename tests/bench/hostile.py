"""What contracts cost that are made to cost much, beside the limits that are promised.

    python tests/bench/hostile.py [--names NAME …] [--rounds N]

Each is read in processes of its own, at 1, 2 and 4 MiB; the shortest time that the processor was
busy counts. A second table has those that are made to cost much when they are compiled, at up to
1 MiB, and the longest that one of the first events then takes, for which fast ways are made. It
needs contractgate-core and a PyYAML with libyaml. The exit code is 1 if 1 MiB took more memory or,
to be refused or compiled, more time than promised, or if reading grows faster than the size.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

import yaml

from hostile_contracts import ACCEPTED, REFUSED, Shape
from hostile_patterns import COMPILED
from read_hostile import compile_hostile, read_hostile

SIZES = (2**20, 2**21, 2**22)

MOST_SECONDS = 1.0 if sys.version_info >= (3, 11) else 2.0
"""So long 1 MiB may take to be refused, or to be compiled, or an event to be judged at first."""

MOST_MEGABYTES = 100.0
"""So much memory 1 MiB may take."""

MOST_GROWTH = 2.5
"""So many times as long twice the size may take: a square law makes it 4."""

SHORT_SECONDS = 0.02
"""What takes less is too little to tell growth by."""


def main() -> int:
    """Print a table; return 1 if a limit is broken."""
    shapes = {**REFUSED, **ACCEPTED, **COMPILED}
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--names", nargs="+", choices=shapes, default=shapes, metavar="NAME")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    if not yaml.__with_libyaml__:
        parser.error("the limits hold with libyaml only, and this PyYAML has none")
    read = [name for name in arguments.names if name not in COMPILED]
    compiled = [name for name in arguments.names if name in COMPILED]
    broken = [*_read_all(read, shapes, arguments.rounds), *_compile_all(compiled, arguments.rounds)]
    return int(any(broken))


def _read_all(names: list[str], shapes: dict[str, Shape], rounds: int) -> list[bool]:
    """Print the table of reading; tell which rows break a limit."""
    sizes = " | ".join(f"{size // 2**20} MiB, s | MB" for size in SIZES)
    print(f"| contract | {sizes} | growth | broken |")
    print(f"| --- |{' ---: |' * (2 * len(SIZES) + 1)} --- |")
    return [_measure(name, shapes[name], rounds) for name in names]


def _compile_all(names: list[str], rounds: int) -> list[bool]:
    """Print the table of compiling; tell which rows break a limit."""
    print("\n| contract | KiB | compile, s | an event, s | MB | outcome | broken |")
    print("| --- | ---: | ---: | ---: | ---: | --- | --- |")
    return [_measure_compiling(name, rounds) for name in names]


def _measure_compiling(name: str, rounds: int) -> bool:
    """Print the row of one contract; tell whether it breaks a limit."""
    text = COMPILED[name](SIZES[0])
    costs = [compile_hostile(text) for _ in range(rounds)]
    seconds, event = min(cost.compile for cost in costs), min(cost.event for cost in costs)
    megabytes = min(cost.megabytes for cost in costs)
    limits = {
        "compile": seconds >= MOST_SECONDS,
        "event": event >= MOST_SECONDS,
        "megabytes": megabytes >= MOST_MEGABYTES,
    }
    broken = [what for what, is_broken in limits.items() if is_broken]
    size = len(text.encode()) // 2**10
    figures = f"{size} | {seconds:.2f} | {event:.2f} | {megabytes:.0f}"
    outcome = "refused" if costs[0].error else "compiled"
    print(f"| {name} | {figures} | {outcome} | {', '.join(broken)} |", flush=True)
    return bool(broken)


def _measure(name: str, shape: Shape, rounds: int) -> bool:
    """Print the row of one contract; tell whether it breaks a limit."""
    costs = [_cost(shape(size), rounds) for size in SIZES]
    seconds, megabytes = (list(column) for column in zip(*costs))
    growth = _growth(seconds)
    broken = [
        what
        for what, is_broken in {
            "seconds": name in REFUSED and seconds[0] >= MOST_SECONDS,
            "megabytes": megabytes[0] >= MOST_MEGABYTES,
            "growth": growth >= MOST_GROWTH,
        }.items()
        if is_broken
    ]
    figures = " | ".join(f"{second:.2f} | {megabyte:.0f}" for second, megabyte in costs)
    print(f"| {name} | {figures} | {growth:.2f} | {', '.join(broken)} |", flush=True)
    return bool(broken)


def _cost(text: str, rounds: int) -> tuple[float, float]:
    """Tell the least seconds and megabytes that reading a contract took."""
    costs = [read_hostile(text, use=False) for _ in range(rounds)]
    return min(cost.seconds for cost in costs), min(cost.megabytes for cost in costs)


def _growth(seconds: list[float]) -> float:
    """Tell how many times as long twice the size took at most; 0 if all was too short to tell."""
    pairs = zip(seconds, seconds[1:])
    return max((long / short for short, long in pairs if short >= SHORT_SECONDS), default=0.0)


if __name__ == "__main__":
    sys.exit(main())
