"""A process that judges segments of a file for its parent, until the parent ends it."""

from __future__ import annotations

import gc
import os
import signal
import sys
from contextlib import suppress
from io import BufferedReader
from typing import BinaryIO, cast

from contractgate_core.scan.segments import ReadFault, opened
from contractgate_core.scan.verdicts import judge_segment
from contractgate_core.scan.wire import GREETING, Ended, packed, receive, send

__all__ = ["main"]

_OBJECTS_OF_A_VERDICT = 50_000


def main() -> None:
    """Send the greeting, receive the job, answer whether it can be done, and do it."""
    # The parent is interrupted as well, and ends this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # Code that prints must not disturb the messages.
    with suppress(Ended, BrokenPipeError):  # The parent has ended.
        _serve(cast("BufferedReader", sys.stdin.buffer), out)
    # Nobody reads what is left in a buffer.
    os._exit(0)


def _serve(tasks: BufferedReader, out: BinaryIO) -> None:
    out.write(GREETING)
    out.flush()
    judge, path, identity, options = receive(tasks)
    file = opened(path, identity)
    send(out, file is not None)
    if file is None:
        return
    # A verdict consists of very many objects, none of which is garbage before it is sent.
    gc.set_threshold(_OBJECTS_OF_A_VERDICT)
    while True:
        part = receive(tasks)
        try:
            for verdict in judge_segment(judge, file, part, options):
                if verdict is not None:
                    send(out, packed(verdict))
        except ReadFault as fault:
            send(out, fault.error)
