"""The command line as a process: its streams, its ends, its help."""

from __future__ import annotations

import importlib.metadata
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Optional

import pytest

from contractgate_core import __version__
from contractgate_core.cli import main
from processes import take_interrupts

CONTRACT = "{version: 1, name: c, ontology: {entities: [{name: a, type: string}]}}"
BAD = b'{"a": 1}\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a folder with a contract and many events that fail."""
    (tmp_path / "c.yaml").write_text(CONTRACT, encoding="utf-8")
    (tmp_path / "bad.ndjson").write_bytes(BAD * 20_000)
    return tmp_path


def command(*arguments: str) -> list[str]:
    """Return the command line of a process; its warnings are errors, too."""
    return [sys.executable, "-W", "error", "-m", "contractgate_core", *arguments]


TEST_BAD = ("test", "--contract", "c.yaml", "--data", "bad.ndjson", "--max-failures", "20000")


def test_help_has_examples_and_exit_codes(capfd: pytest.CaptureFixture[str]) -> None:
    """On standard output, with 0."""
    for arguments in (["--help"], ["test", "--help"], ["validate", "-h"]):
        assert main(arguments) == 0
        out, err = capfd.readouterr()
        assert "examples:\n  contractgate " in out
        assert err == ""


def test_without_a_command_help_goes_to_standard_error(capfd: pytest.CaptureFixture[str]) -> None:
    """Nothing was asked for, so this is a usage error: 2."""
    assert main([]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert "examples:" in err


def test_the_version_is_that_of_the_package(capfd: pytest.CaptureFixture[str]) -> None:
    """One line."""
    for option in ("--version", "-V"):
        assert main([option]) == 0
        assert capfd.readouterr().out == f"contractgate {__version__}\n"


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("tset", "did you mean 'test'?"),
        ("frobnicate", "there are validate, test"),
        ("--", "there are"),
        ("-", "there are"),
    ],
)
def test_an_unknown_command_is_told_with_what_there_is(
    word: str, hint: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """A misspelling gets a suggestion."""
    assert main([word]) == 2
    assert f"no command '{word}'; {hint}" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["test", "--contrct", "c.yaml", "--data", "-"], "--contrct; did you mean --contract?"),
        (["test", "--contract", "c.yaml", "--dat=-"], "--dat=-; did you mean --data?"),
        (["validate", "--strct"], "--strct; did you mean --strict?"),
        (["validate", "--", "--strct"], None),
    ],
)
def test_a_misspelt_option_is_told_before_what_is_missing_for_it(
    arguments: list[str], told: Optional[str], capfd: pytest.CaptureFixture[str]
) -> None:
    """Saying that the right one is required would be no help."""
    assert main(arguments) == 2
    err = capfd.readouterr().err
    assert "the following arguments are required" not in err
    if told is not None:
        assert err.startswith(f"usage: contractgate {arguments[0]} ")
        assert f"unrecognized arguments: {told}" in err
    else:
        assert "No such file or directory" in err


@pytest.mark.parametrize(
    ("arguments", "command", "told"),
    [
        (
            ["--strict", "validate", "c.yaml"],
            "validate",
            "--strict belongs behind the command: contractgate validate --strict",
        ),
        (
            ["--format", "json", "test", "--contract", "c.yaml"],
            "test",
            "--format belongs behind the command: contractgate test --format",
        ),
        (
            ["--format=json", "-q", "validate", "c.yaml"],
            "validate",
            "--format belongs behind the command: contractgate validate --format",
        ),
        (["-q", "test"], "test", "-q belongs behind the command: contractgate test -q"),
        (["--strct", "validate", "c"], "validate", "unrecognized arguments: --strct; did you"),
        (["-v", "validate", "c.yaml"], "validate", "unrecognized arguments: -v"),
    ],
)
def test_an_option_before_the_command_is_told_where_it_belongs(
    arguments: list[str], command: str, told: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """With the usage of the command that was meant."""
    assert main(arguments) == 2
    err = capfd.readouterr().err
    assert err.startswith(f"usage: contractgate {command} ")
    assert err.splitlines()[-1].startswith(f"contractgate {command}: error: {told}")


def test_options_without_a_command_are_told_that_one_is_missing(
    capfd: pytest.CaptureFixture[str],
) -> None:
    """With the usage of all."""
    for arguments in (["--strict"], ["--contract=c.yaml", "--data", "e.ndjson"], ["-x", "--", "a"]):
        assert main(arguments) == 2
        err = capfd.readouterr().err
        assert err.startswith("usage: contractgate [-h] [-V] COMMAND")
        option = arguments[0].partition("=")[0]
        assert f"error: expected a command before {option}; there are " in err
    assert main(["-V", "validate"]) == 0


@pytest.mark.parametrize("word", ["demo", "ingest", "serve"])
def test_a_command_of_a_distribution_that_is_missing_is_told_with_its_name(
    word: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when only the validator is installed."""
    monkeypatch.setattr(importlib.metadata, "entry_points", no_entry_points)
    assert main([word]) == 2
    err = capfd.readouterr().err
    assert f"'{word}' comes with contractgate-http, which is not installed" in err
    assert main([word[:-1] + "x"]) == 2
    err = capfd.readouterr().err
    assert f"did you mean '{word}'? That comes with contractgate-http" in err


def no_entry_points(**_: str) -> dict[str, Any]:
    return {}


def test_a_missing_option_is_named(capfd: pytest.CaptureFixture[str]) -> None:
    """With the usage."""
    assert main(["test", "--data", "-"]) == 2
    assert "the following arguments are required: --contract" in capfd.readouterr().err


@pytest.mark.parametrize("form", ["human", "json"])
def test_a_reader_that_goes_away_ends_it_quietly(folder: Path, form: str) -> None:
    """As `| head -1` does: nothing on standard error, and 141 as for a shell's signal."""
    process = subprocess.Popen(
        command(*TEST_BAD, "--format", form),
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(timeout=60) == 141


@pytest.mark.skipif(
    not Path("/dev/full").exists(), reason="only Linux has a disk that is always full"
)
@pytest.mark.parametrize("arguments", [TEST_BAD, ("validate", "c.yaml"), ("--version",)])
def test_a_full_disk_is_told(folder: Path, arguments: tuple[str, ...]) -> None:
    """The results are lost, so the exit code says neither pass nor fail."""
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            command(*arguments), check=False, cwd=folder, stdout=full, stderr=subprocess.PIPE
        )
    assert done.returncode == 2
    assert done.stderr == b"contractgate: cannot write the results: No space left on device\n"


@pytest.fixture(params=[("-",), ("bad.ndjson", "missing", "-", "bad.ndjson")], ids=len)
def waiting(folder: Path, request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[bytes]]:
    """Start a command that has begun to read bad events and waits for more."""
    options = ("--format", "json", "--max-failures", "0")
    process = subprocess.Popen(
        command("test", "--contract", "c.yaml", "--data", *request.param, *options),
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=take_interrupts,
    )
    assert process.stdin is not None
    # More than a pipe holds: when it is written, most of it was read.
    process.stdin.write(BAD * 50_000)
    process.stdin.flush()
    yield process
    process.kill()
    process.communicate()


def test_an_interrupt_leaves_whole_json_and_130(waiting: subprocess.Popen[bytes]) -> None:
    """What was found so far is not lost."""
    waiting.send_signal(signal.SIGINT)
    out, err = waiting.communicate(timeout=60)
    assert waiting.returncode == 130
    assert err.endswith(b"contractgate: interrupted\n")
    document = json.loads(out)
    inputs = document.get("inputs", [document])
    assert inputs[-1]["error"]["message"] == "interrupted"
    assert len(inputs) in (1, 3)
    assert document["totals"]["complete"] is False
    assert document["totals"]["failed"] == sum(part["totals"]["failed"] for part in inputs)


def test_closed_streams_are_no_reason_to_fall_over(folder: Path) -> None:
    """As in a service that was started without any streams."""
    script = f"exec {' '.join(command(*TEST_BAD))} >&- 2>&- <&-"
    done = subprocess.run(["sh", "-c", script], check=False, cwd=folder)
    assert done.returncode in (1, 2)


def test_output_is_in_the_terminals_encoding(folder: Path) -> None:
    """A character that it lacks is written as its escape, and never ends the command."""
    (folder / "e.ndjson").write_text('{"a": 1, "é": 2}', encoding="utf-8")
    (folder / "c.yaml").write_text(
        "{version: 1, name: ü, compliance_mode: true, ontology: {entities: []}}", encoding="utf-8"
    )
    done = subprocess.run(
        command("test", "--contract", "c.yaml", "--data", "e.ndjson"),
        check=False,
        cwd=folder,
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
    )
    assert done.returncode == 1
    assert b"Field '\\xe9' is not declared" in done.stdout
    assert done.stderr == b""


def test_commands_of_other_packages_are_looked_up_only_when_needed(folder: Path) -> None:
    """The look-up is slower than the whole rest of the start."""
    code = (
        "import sys; from contractgate_core.cli import main; "
        "main(['validate', 'c.yaml', '-q']); print('importlib.metadata' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, cwd=folder, capture_output=True, text=True
    )
    assert done.stdout == "False\n"


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Install a distribution that adds two commands, of which one cannot be loaded."""
    info = tmp_path / "site" / "extra-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: extra\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[contractgate.commands]\nhello = extra_commands:add\nbroken = extra_commands:nothing\n"
    )
    (tmp_path / "site" / "extra_commands.py").write_text(
        "def add(commands):\n"
        "    parser = commands.add_parser('hello', help='say hello')\n"
        "    parser.set_defaults(run=lambda arguments: print('hello') or 7)\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    return tmp_path


@pytest.mark.usefixtures("plugin")
def test_other_packages_add_commands(capsys: pytest.CaptureFixture[str]) -> None:
    """Help lists them; one that does not load is reported and breaks nothing."""
    assert main(["hello"]) == 7
    out, err = capsys.readouterr()
    assert out == "hello\n"
    assert "the command 'broken' of extra_commands:nothing cannot be loaded: AttributeError" in err
    assert main(["--help"]) == 0
    assert "say hello" in capsys.readouterr().out
