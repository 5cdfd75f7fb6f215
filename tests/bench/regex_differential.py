"""Compare the gateway's patterns here with the Rust engine, on as many pairs as wished.

    python tests/bench/regex_differential.py --pairs 2000000 --seed 1

It needs pydantic-core. The exit code is 1 if the engines disagree anywhere.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from regex_difference import Tally, search


def main() -> int:
    """Run the comparison that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--pairs", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    tally, told, next_report = Tally(), 0, time.monotonic() + 60
    for tally in search(seed=arguments.seed, pairs=arguments.pairs):
        for found in tally.disagreements[told:]:
            print(found, flush=True)
        told = len(tally.disagreements)
        if time.monotonic() > next_report:
            print(tally, flush=True)
            next_report += 60
    print(tally)
    return 1 if tally.disagreements else 0


if __name__ == "__main__":
    sys.exit(main())
