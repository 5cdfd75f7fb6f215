"""Measurements as a Markdown table of ratios."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from measure import Measurement

__all__ = ["RUST_FROM_BYTES", "cells", "markdown", "rust_ns"]

RUST_FROM_BYTES: Mapping[str, tuple[float, float, float, float]] = {
    "flat": (0.45, 0.56, 0.42, 0.48),
    "nested": (0.34, 0.37, 0.33, 0.36),
    "iot": (0.35, 0.32, 0.35, 0.33),
    "text": (1.19, 1.31, 1.31, 1.38),
    "wide": (0.34, 0.27, 0.35, 0.28),
}
"""The speed of the gateway's own engine as a multiple of yardsticks of the same run.

For each workload: of msgspec and of orjson with all events good, and of both with all bad. They
were measured once, one call a line, with msgspec 0.22 and orjson 3.11 on Python 3.11; the engine
itself is not here.
"""


def rust_ns(yardsticks: Mapping[str, float], workload: str, bad: float) -> float:
    """Estimate what the gateway's engine takes for an event, from bytes; the yardsticks' mean."""
    multiples = RUST_FROM_BYTES[workload.partition("_")[0]][2 if bad == 1 else 0 :][:2]
    speeds = [
        multiple / yardsticks[name] for name, multiple in zip(("msgspec", "orjson"), multiples)
    ]
    return len(speeds) / sum(speeds)


def markdown(measurements: Sequence[Measurement], names: Sequence[str]) -> str:
    """Write a table: a row for each task and workload, our time, and what the others take of it.

    Args:
        measurements: What was measured.
        names: The peers in the order of the columns, ours first.
    """
    ours, *others = names
    head = ["task", "workload", "bad", f"{ours}, µs an event", *(f"{n} ÷ {ours}" for n in others)]
    rows = [head, ["---"] * 3 + ["---:"] * (len(head) - 3)]
    rows += [_row(cell, times, names) for cell, times in cells(measurements).items()]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n"


_Cell = tuple[str, str, float]


def cells(measurements: Iterable[Measurement]) -> dict[_Cell, dict[str, float]]:
    """Gather the times of each task, workload and share, the engine's estimate among them."""
    cells: dict[_Cell, dict[str, float]] = {}
    for found in measurements:
        cells.setdefault((found.task, found.workload, found.bad), {})[found.peer] = found.ns
    for (task, workload, bad), times in cells.items():
        if task in ("lines", "text") and {"msgspec", "orjson"} <= times.keys():
            times["rust (estimated)"] = rust_ns(times, workload, bad)
    return cells


def _row(cell: _Cell, times: Mapping[str, float], names: Sequence[str]) -> list[str]:
    task, workload, bad = cell
    ours = times.get(names[0])
    row = [task, workload, f"{bad:.0%}", "–" if ours is None else f"{ours / 1000:.2f}"]
    return row + [
        f"{times[name] / ours:.2f}" if ours and name in times else "–" for name in names[1:]
    ]
