"""A terminal: one shell that is given commands, and says what they print and how they end."""

from __future__ import annotations

import contextlib
import os
import re
import selectors
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

__all__ = ["Terminal", "TerminalError"]

_END = "end of the command"


class TerminalError(Exception):
    """A command that did not end in time, or ended the shell."""


class Terminal:
    """A shell in a folder, with the variables that are given and no others.

    What a command changes (the folder, variables, a server in the background) is there for the
    next. Whatever still runs is killed at the end.
    """

    def __init__(self, folder: Path, variables: Mapping[str, str]) -> None:
        self._shell = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=dict(variables),
            start_new_session=True,
        )

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *exc_info: object) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._shell.pid, signal.SIGKILL)
        with self._shell:
            pass

    @property
    def folder(self) -> Path:
        """Where the shell is."""
        return Path(self.run("pwd", 10)[1].strip())

    def run(self, command: str, seconds: float) -> tuple[int, str]:
        """Run a command.

        Args:
            command: What is typed.
            seconds: How long it may take.

        Returns:
            Its exit code, and what it printed on either output.

        Raises:
            TerminalError: If it takes longer, or ends the shell.
        """
        assert self._shell.stdin
        script = f"{{ {command}\n}} </dev/null; printf '\\n{_END}: %s\\n' $?\n"
        self._shell.stdin.write(script.encode())
        self._shell.stdin.flush()
        printed = self._read(seconds)
        output, _, code = printed.decode(errors="replace").rpartition(f"\n{_END}: ")
        return int(code), output

    def _read(self, seconds: float) -> bytes:
        """Read until the command has ended."""
        assert self._shell.stdout
        printed, until = b"", time.monotonic() + seconds
        ended = re.compile(rf"\n{_END}: \d+\n\Z".encode())
        with selectors.DefaultSelector() as selector:
            selector.register(self._shell.stdout, selectors.EVENT_READ)
            while not ended.search(printed[-100:]):
                if not selector.select(max(0.0, until - time.monotonic())):
                    raise TerminalError(f"not done after {seconds:g} s\n{printed.decode()}")
                piece = os.read(self._shell.stdout.fileno(), 65_536)
                if not piece:
                    raise TerminalError(f"it ended the shell\n{printed.decode()}")
                printed += piece
        return printed
