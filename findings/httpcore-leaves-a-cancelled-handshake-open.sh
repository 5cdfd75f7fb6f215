#!/usr/bin/env bash
# httpcore closes a connection whose TLS handshake takes too long by its own clock, but not one whose
# task is cancelled meanwhile: the peer sees its end only when the connection happens to be freed.
#
# Versions: httpcore 1.0.9, anyio 4.11.0, h11 0.16.0, certifi 2025.8.3.
# Behaviour: `AnyIOStream.start_tls` closes the stream on `Exception`, which `CancelledError` is not,
# and the pool forgets it. So do deadlines from outside, such as `asyncio.wait_for`.
# Remedy: a network backend of one's own, whose streams are closed when `start_tls` is left by
# whatever exception, shielded from the cancellation.
# Output seen:
#   its own time-out: ConnectTimeout, closed at once
#   cancelled from outside: TimeoutError, still open
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q httpcore==1.0.9 anyio==4.11.0 h11==0.16.0 certifi==2025.8.3
cat > "$folder/cancel.py" <<'PYTHON'
import asyncio
import contextlib
import gc
import sys
import warnings

import httpcore

warnings.simplefilter("ignore", ResourceWarning)
gc.disable()
ended = asyncio.Event()


async def listen(reader, writer):
    """Take the beginning of a handshake, and answer nothing."""
    with contextlib.suppress(asyncio.CancelledError):  # at the end of the program
        while await reader.read(65536):
            pass
    ended.set()
    writer.close()


async def is_closed():
    try:
        await asyncio.wait_for(ended.wait(), 1)
    except asyncio.TimeoutError:
        return "still open"
    return "closed at once"


async def attempt(pool, url, timeouts, seconds):
    ended.clear()
    try:
        extensions = {"timeout": timeouts}
        await asyncio.wait_for(pool.request("GET", url, extensions=extensions), seconds)
    except Exception as error:
        return f"{type(error).__name__}, {await is_closed()}"


async def main(path):
    server = await asyncio.start_unix_server(listen, path)
    url = httpcore.URL(scheme="https", host="peer", target="/")
    async with httpcore.AsyncConnectionPool(uds=path) as pool:
        print("its own time-out:", await attempt(pool, url, {"connect": 0.3}, 5))
        print("cancelled from outside:", await attempt(pool, url, {}, 0.3))
    server.close()


asyncio.run(main(sys.argv[1]))
PYTHON
"$folder/venv/bin/python" "$folder/cancel.py" "$folder/socket" | tee "$folder/seen"
diff - "$folder/seen" <<'SEEN'
its own time-out: ConnectTimeout, closed at once
cancelled from outside: TimeoutError, still open
SEEN
