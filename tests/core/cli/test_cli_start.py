"""What a short run of the command line costs, counted in modules and collections."""

from __future__ import annotations

import gc
import subprocess
import sys
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from contractgate_core.cli import main

CONTRACT = (
    "{version: 1, name: c, ontology: {entities: [{name: a, type: string, pattern: '^[a-z]+$'}]}}"
)

# What others made and took long to load, where it was seen or was near.
NOT_OF_OTHERS = {
    "bz2",
    "concurrent",
    "dataclasses",
    "difflib",
    "gzip",
    "hashlib",
    "importlib.metadata",
    "logging",
    "lzma",
    "multiprocessing",
    "pathlib",
    "shutil",
    "sqlite3",
    "subprocess",
    "tempfile",
    "threading",
    "zlib",
}
# What serves many events, other inputs, contracts and reports, and refusals; as file names are
# matched. Of the accept path only `acceptor` is needed, and what it takes and gives.
NOT_OURS = (
    "contract.dump",
    "contract.equality",
    "contract.text",
    "engine._debug_escapes",
    "engine.accept.[!abip]*",
    "engine.accept.bounds",
    "engine.accept.patterns",
    "engine.accept.plan",
    "scan.aside",
    "engine.bodies",
    "engine.dates",
    "engine.envelope",
    "scan.pipes",
    "scan.process",
    "scan.raised",
    "scan.segments",
    "scan.verdicts",
    "scan.wire",
    "scan.worker*",
    "events.array",
    "events.batch",
    "events.fault",
    "events.gunzip",
    "events.kinds",
    "events.zstd",
    "models*",
    "regex._unicode",
    "regex.automaton*",
    "regex.nfa",
    "regex.paths",
    "report.contracts",
    "report.document",
)
MOST_OF_OURS = 102
"""A little more than there are; reading one takes a tenth to half a millisecond."""


@pytest.fixture
def arguments(tmp_path: Path) -> list[str]:
    """Make a small contract and ten events that pass; return the arguments to test them."""
    contract, events = tmp_path / "c.yaml", tmp_path / "e.ndjson"
    contract.write_text(CONTRACT, encoding="utf-8")
    events.write_text('{"a": "b"}\n' * 10, encoding="utf-8")
    return ["test", "--contract", str(contract), "--data", str(events)]


def words_after(code: str, *arguments: str) -> list[str]:
    """Run code in a new interpreter; return the words of the last line that it writes."""
    command = [sys.executable, "-W", "error", "-c", code, *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout.splitlines()[-1].split()


@pytest.fixture
def loaded(arguments: list[str]) -> set[str]:
    """Name the modules that a short run loads beyond those of msgspec and PyYAML."""
    show = "import sys; print(*sys.modules)"
    run = "from contractgate_core.cli import main; assert main() == 0"
    return {*words_after(f"{run}; {show}", *arguments)} - {
        *words_after(f"import msgspec, yaml; {show}")
    }


def test_a_short_run_loads_nothing_of_others_that_it_does_not_need(loaded: set[str]) -> None:
    """Each of these takes as long as reading the contract and judging all events, or longer."""
    assert "argparse" in loaded
    assert not loaded & NOT_OF_OTHERS


def test_a_short_run_loads_nothing_of_ours_that_it_does_not_need(loaded: set[str]) -> None:
    """Above all, no fast reader is made for ten events."""
    prefix = "contractgate_core."
    ours = {name[len(prefix) :] for name in loaded if name.startswith(prefix)}
    assert {"cli.test", "contract.load", "engine.accept.acceptor", "regex.matcher"} <= ours
    assert not [name for name in ours if is_in(name, NOT_OURS)]
    assert len(ours) <= MOST_OF_OURS


def is_in(name: str, patterns: tuple[str, ...]) -> bool:
    """Return whether a name is one of some names, or matches one of them."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def test_the_lists_name_modules_that_there_are() -> None:
    """Otherwise a renamed module would make the check empty."""
    import contractgate_core

    root = Path(contractgate_core.__file__).parent
    names = {
        ".".join(path.relative_to(root).with_suffix("").parts).replace(".__init__", "")
        for path in root.rglob("*.py")
    }
    for pattern in NOT_OURS:
        assert [name for name in names if is_in(name, (pattern,))], pattern
    for name in NOT_OF_OTHERS:
        __import__(name)


def test_a_process_of_its_own_collects_no_garbage_to_start_and_to_end(
    arguments: list[str],
) -> None:
    """Nearly all objects in a short run are loaded code, which is no garbage."""
    code = (
        "import atexit, gc\n"
        "from contractgate_core.cli import main\n"
        "begun = []\n"
        "atexit.register(lambda: print(len(begun), gc.get_freeze_count() > 10_000))\n"
        "gc.collect()\n"
        "gc.callbacks.append(lambda phase, _: begun.append(phase))\n"
        "assert main() == 0\n"
    )
    assert words_after(code, *arguments) == ["0", "True"]


def test_whoever_calls_it_with_arguments_keeps_the_collector_as_it_was(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """It is then a function in somebody else's process."""
    threshold, frozen = gc.get_threshold(), gc.get_freeze_count()
    assert main(arguments) == 0
    assert gc.get_threshold() == threshold
    assert gc.get_freeze_count() <= frozen  # Some that the tests have frozen may have gone.
    assert capsys.readouterr().out.startswith("PASSED")
