"""Measures this package side by side with others, and prints a table of ratios.

    python tests/bench/run.py --ours .venv/bin/python --sdk /tmp/sdk/bin/python

Times are the shortest of several interleaved rounds. A peer that judges events unlike us is not
compared; where that was not known, it ends with 1. tests/bench/README.md has more.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Union

from measure import Difference, Measurement, Peer, measure
from peers import PEERS, TASKS
from plot import plot
from table import markdown
from workloads import WORKLOADS

_EVENTS = {"flat": 20_000, "nested": 8_000, "iot": 8_000, "text": 5_000, "wide": 1_000}
_SHARES = (0.0, 0.05, 1.0)
_KNOWN = {
    ("sdk", "iot"): "it knows neither `null_as_absent` nor freshness",
    ("jsonschema-rs", "text"): r"its `\w` is of ASCII alone",
    ("jsonschema-rs is_valid", "text"): r"its `\w` is of ASCII alone",
}
_PLOTTED = ("ours", "rust (estimated)", "jsonschema-rs", "fastjsonschema", "pydantic", "sdk")


def main() -> int:
    """Measure and print; return the exit code."""
    arguments = _arguments()
    _stay_on_one_processor()
    pythons = {
        "ours": arguments.ours,
        "before": arguments.before,
        "sdk": arguments.sdk,
        **{name: arguments.ours for name in PEERS if name not in ("ours", "before", "sdk")},
    }
    about: dict[str, object] = {}
    found: list[Union[Measurement, Difference]] = []
    for workload in arguments.workloads:
        # New processes, whose memory nothing else has used.
        with ExitStack() as stack:
            opened = (Peer(name, python) for name, python in pythons.items() if python is not None)
            peers = [stack.enter_context(closing(peer)) for peer in opened]
            about = {peer.name: peer.about for peer in peers}
            found += _measure(peers, workload, arguments)
    measurements = [one for one in found if isinstance(one, Measurement)]
    differences = [one for one in found if isinstance(one, Difference)]
    _write(about, measurements, arguments)
    return _tell(differences)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    python = "the interpreter of an environment with "
    parser.add_argument("--ours", default=sys.executable, help=f"{python}ours and requirements.txt")
    parser.add_argument("--sdk", help=f"{python}contractgate==0.4.0 of the package index")
    parser.add_argument("--before", help=f"{python}an earlier contractgate-core, to compare with")
    parser.add_argument("--workloads", nargs="+", choices=WORKLOADS, default=WORKLOADS)
    parser.add_argument("--bad", nargs="+", type=float, default=_SHARES, metavar="SHARE")
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=tuple(TASKS))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scale", type=float, default=1.0, help="multiplies the number of events")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the table there too")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="draw the speeds from bytes there")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure there")
    return parser.parse_args()


def _measure(
    peers: Sequence[Peer], workload: str, arguments: argparse.Namespace
) -> Iterator[Union[Measurement, Difference]]:
    for bad in arguments.bad:
        print(f"{workload}, {bad:.0%} bad", file=sys.stderr)
        yield from measure(
            peers,
            workload,
            bad,
            tasks=arguments.tasks,
            count=max(1, round(_EVENTS[workload.partition("_")[0]] * arguments.scale)),
            rounds=arguments.rounds,
        )


def _tell(differences: Sequence[Difference]) -> int:
    """Say which peers were left out since they judge otherwise; 1 if that was not known."""
    is_new = False
    for difference in {(one.peer, one.workload): one for one in differences}.values():
        known = _KNOWN.get((difference.peer, difference.workload.partition("_")[0]))
        is_new = is_new or known is None
        print(f"not compared ({known or 'NOT KNOWN'}): {difference.about}", file=sys.stderr)
    return int(is_new)


def _stay_on_one_processor() -> None:
    """Keep this process and those it starts on one processor, where the system can.

    The processors of a shared machine are not equally fast at the same time.
    """
    if sys.platform == "linux":
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def processor() -> str:
    """Name this machine's processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{names[0]}, {len(names)} processors" if names else platform.processor()


def _write(
    about: Mapping[str, object],
    measurements: Sequence[Measurement],
    arguments: argparse.Namespace,
) -> None:
    table = markdown(measurements, [*about, "rust (estimated)"])
    legend = "".join(f"- {task}: {meaning}\n" for task, meaning in TASKS.items())
    print(f"{table}\n{legend}")
    if arguments.markdown is not None:
        arguments.markdown.write_text(f"{table}\n{legend}", encoding="utf-8")
    if arguments.svg is not None:
        arguments.svg.write_text(plot(measurements, _PLOTTED), encoding="utf-8")
    if arguments.json is not None:
        figures = [found._asdict() for found in measurements]
        machine = {"processor": processor(), "system": platform.platform()}
        document = {"machine": machine, "peers": about, "measurements": figures}
        arguments.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
