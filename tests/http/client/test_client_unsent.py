"""A stream that is dropped before it was begun has sent nothing, and says so."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from contractgate_http import AsyncClient, Client

ID = "11111111-1111-4111-8111-111111111111"
UNSENT = "ingest_many has sent nothing.*iterate it, or call ingest_all"


def answer(request: httpx.Request) -> httpx.Response:
    """Accept one event."""
    result = {"index": 0, "passed": True, "violations": [], "contract_version": "1"}
    totals = {"total": 1, "passed": 1, "failed": 0, "resolved_version": "1"}
    return httpx.Response(200, json={**totals, "results": [result]})


def sync_client() -> Client:
    """Make a client that is answered at once."""
    return Client("https://gw", "", transport=httpx.MockTransport(answer))


def async_client() -> AsyncClient:
    """Make one that is awaited."""
    return AsyncClient("https://gw", "", transport=httpx.MockTransport(answer))


@pytest.mark.parametrize("make", [sync_client, async_client])
def test_a_stream_that_is_dropped_warns_where_that_happens(make: Callable[[], Any]) -> None:
    """As a plain statement, the mistake that is easy to make."""
    client = make()
    with pytest.warns(RuntimeWarning, match=UNSENT) as caught:
        client.ingest_many(ID, [1])
    assert caught[0].filename == __file__
    assert len(caught) == 1


def test_a_stream_that_something_lazy_holds_warns_too() -> None:
    """Such as `map`, which calls nothing by itself either."""
    with sync_client() as client, pytest.warns(RuntimeWarning, match=UNSENT):
        map(print, client.ingest_many(ID, [1]))


_MODULE = """
def send(client):
    client.ingest_many("11111111-1111-4111-8111-111111111111", [1])
"""


@pytest.mark.parametrize("kind", ["Client", "AsyncClient"])
def test_the_warning_is_seen_without_any_setting(kind: str, tmp_path: Path) -> None:
    """Even in an imported module, where Python hides some kinds of warnings."""
    (tmp_path / "pipeline.py").write_text(_MODULE, "utf-8")
    script = f"import contractgate_http as h, pipeline; pipeline.send(h.{kind}('https://gw', ''))"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={"PATH": "", "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0
    assert "pipeline.py:3: RuntimeWarning: ingest_many has sent nothing" in done.stderr


def go_through(stream: Any) -> None:
    """Take all there is."""
    assert len(list(stream)) == 1


def leave_early(stream: Any) -> None:
    """Take one, and no more."""
    for _ in stream:
        break


def throw(stream: Any) -> None:
    """End it by an error."""
    with contextlib.suppress(KeyError):
        stream.throw(KeyError("x"))


SYNC_ENDS: list[Callable[[Any], Any]] = [
    go_through,
    leave_early,
    throw,
    next,
    lambda stream: stream.send(None),
    lambda stream: stream.close(),
]


@pytest.mark.parametrize("end", SYNC_ENDS)
def test_a_stream_that_was_begun_or_closed_is_silent(end: Callable[[Any], Any]) -> None:
    """To close it shows that nothing was forgotten."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with sync_client() as client:
            stream = client.ingest_many(ID, [1])
            assert iter(stream) is stream
            end(stream)
            del stream


async def go_through_async(stream: Any) -> None:
    """Take all there is."""
    assert len([outcome async for outcome in stream]) == 1


async def throw_async(stream: Any) -> None:
    """End it by an error."""
    with contextlib.suppress(KeyError):
        await stream.athrow(KeyError("x"))


async def ask_async(stream: Any) -> None:
    """Take one, and close it, as an async generator should be."""
    assert (await stream.asend(None)).passed
    await stream.aclose()


async def close_async(stream: Any) -> None:
    """Close it before it is begun."""
    await stream.aclose()


@pytest.mark.parametrize("end", [go_through_async, throw_async, ask_async, close_async])
def test_an_async_stream_that_was_begun_or_closed_is_silent(
    end: Callable[[Any], Any], anyio_backend: str
) -> None:
    """Under both event loops."""

    async def use() -> None:
        async with async_client() as client:
            stream = client.ingest_many(ID, [1])
            assert stream.__aiter__() is stream
            await end(stream)
            del stream

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        anyio.run(use, backend=anyio_backend)


def test_a_call_that_is_refused_does_not_warn() -> None:
    """There is no stream then."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with sync_client() as client, pytest.raises(TypeError, match="got one object of type dict"):
            client.ingest_many(ID, {"a": 1})
