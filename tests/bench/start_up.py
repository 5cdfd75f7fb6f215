"""How long it takes to start: imports and the command line, beside what they stand on.

    python tests/bench/start_up.py [--rounds N]

Run with an interpreter that has contractgate-core. Processes take turns, the shortest time of each
counts, and the exit code is 1 if a ratio is over its limit.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CONTRACT = (
    "{version: 1, name: c, ontology: {entities: [{name: a, type: string, pattern: '^[a-z]+$'}]}}"
)


def seconds(command: list[str]) -> float:
    """Time one process from outside; what the first one compiles, all others find."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
    return time.perf_counter() - start


def ratio(command: list[str], yardstick: list[str], rounds: int) -> tuple[float, float, float]:
    """Compare two commands, in turns; answers both times and their ratio."""
    times = [(seconds(command), seconds(yardstick)) for _ in range(rounds)]
    ours, theirs = (min(column) for column in zip(*times))
    return ours, theirs, ours / theirs


def main() -> int:
    """Print a table; answer 1 if something is too slow."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=30)
    rounds = parser.parse_args().rounds
    python = [sys.executable, "-c"]
    with tempfile.TemporaryDirectory() as folder:
        contract, data = Path(folder) / "c.yaml", Path(folder) / "e.ndjson"
        contract.write_text(CONTRACT, encoding="utf-8")
        data.write_text('{"a": "b"}\n' * 10, encoding="utf-8")
        test = ["test", "--contract", str(contract), "--data", str(data)]
        rows = [
            ("`import contractgate_core`", [*python, "import contractgate_core"], "import msgspec"),
            (
                "`from contractgate_core import Contract`",
                [*python, "from contractgate_core import Contract"],
                "import msgspec",
            ),
            (
                "`contractgate test`, 10 events",
                [sys.executable, "-m", "contractgate_core", *test],
                "import msgspec, yaml",
            ),
        ]
        print("| start | beside | ms | beside it, ms | ratio | at most |")
        print("| --- | --- | ---: | ---: | ---: | ---: |")
        worst = 0.0
        for name, command, yardstick in rows:
            ours, theirs, times = ratio(command, [*python, yardstick], rounds)
            worst = max(worst, times)
            figures = f"{ours * 1e3:.1f} | {theirs * 1e3:.1f} | {times:.2f} | 1.50"
            print(f"| {name} | `{yardstick}` | {figures} |")
    return int(worst > 1.5)


if __name__ == "__main__":
    raise SystemExit(main())
