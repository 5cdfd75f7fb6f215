"""How much of an answer is read: up to a limit, and decoded by ourselves."""

from __future__ import annotations

import gzip
import json
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contractgate_core.errors import HTTPError, ResponseDecodeError, ServerError
from contractgate_http import AsyncClient, Client, RetryPolicy
from contractgate_http._decoding import Inflation, encoding_of

Answering = Callable[..., Client]
STATS = b'{"total_events": 7, "passed_events": 7, "failed_events": 0}'


class Parts(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that comes in parts, and counts those that were read."""

    def __init__(self, parts: Iterable[bytes]) -> None:
        self._parts = parts
        self.given = 0
        self.is_closed = False

    def __iter__(self) -> Iterator[bytes]:
        for part in self._parts:
            self.given += 1
            yield part

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self:
            yield part

    def close(self) -> None:
        self.is_closed = True

    async def aclose(self) -> None:
        self.is_closed = True


def cut(data: bytes, size: int) -> list[bytes]:
    """Cut into parts."""
    return [data[at : at + size] for at in range(0, len(data), size)]


def raw_deflate(data: bytes) -> bytes:
    """Compress without the zlib wrapper."""
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def encoded(parts: Iterable[bytes], encoding: str, status: int = 200) -> tuple[Parts, Any]:
    """Make an encoded answer for a client; return its body too."""
    body = Parts(parts)
    headers = {"content-encoding": encoding, "content-type": "application/json"}
    return body, lambda _: httpx.Response(status, headers=headers, stream=body)


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("gzip", gzip.compress),
        ("X-GZip", gzip.compress),
        ("identity, gzip", gzip.compress),
        (
            "gzip",
            lambda data: gzip.compress(data[:9]) + gzip.compress(b"") + gzip.compress(data[9:]),
        ),
        ("deflate", zlib.compress),
        ("deflate", raw_deflate),
        ("identity", lambda data: data),
        ("", lambda data: data),
    ],
)
def test_what_was_asked_for_is_decoded(
    encoding: str, pack: Callable[[bytes], bytes], size: int, answering: Answering
) -> None:
    """However it is split."""
    _, answer = encoded(cut(pack(STATS), size), encoding)
    assert answering(answer).stats().total_events == 7


def test_requests_name_what_can_be_decoded(answering: Answering) -> None:
    """Whatever decoders httpx has; the user may ask for something else."""
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.headers["accept-encoding"])
        return httpx.Response(200, content=STATS)

    client = answering(answer)
    client.stats()
    client.with_options(headers={"Accept-Encoding": "identity"}).stats()
    with httpx.Client(transport=httpx.MockTransport(answer)) as http:
        Client("https://gw", "", http_client=http).stats()
    assert asked == ["gzip, deflate", "identity", "gzip, deflate"]


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "gzip,deflate", "x" * 5000])
def test_other_encodings_are_refused(encoding: str, answering: Answering) -> None:
    """Above all several, one inside another."""
    body, answer = encoded([gzip.compress(gzip.compress(STATS))], encoding)
    with pytest.raises(
        ResponseDecodeError, match="expected an answer in gzip, deflate or"
    ) as caught:
        answering(answer).stats()
    assert len(str(caught.value)) <= 501  # cut as all texts are, once a key in it is hidden
    assert (caught.value.status, body.given, body.is_closed) == (200, 0, True)


@pytest.mark.parametrize(
    "data",
    [STATS, gzip.compress(STATS)[:-3], gzip.compress(STATS) + b"x"],
    ids=["not at all", "not to its end", "beyond its end"],  # gzip has the time in it
)
def test_what_is_not_compressed_as_it_says_is_an_error(data: bytes, answering: Answering) -> None:
    """Not half an answer."""
    for size in (1, 1000):
        _, answer = encoded(cut(data, size), "gzip")
        with pytest.raises(ResponseDecodeError, match="gzip"):
            answering(answer).stats()


def test_a_little_that_becomes_much_is_not_decoded_whole(answering: Answering) -> None:
    """Only as much as was asked for, and a few bytes more."""
    packed = gzip.compress(b" " * 8_000_000, 9)
    _, answer = encoded([packed], "gzip")
    client = answering(answer, max_response_bytes=50_000)
    tracemalloc.start()
    try:
        with pytest.raises(ResponseDecodeError, match="at most 50000 bytes, got more"):
            client.stats()
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.anyio
@pytest.mark.filterwarnings("ignore:Async generator:ResourceWarning")  # httpx's
@pytest.mark.parametrize("encoding", ["gzip", ""])
async def test_bytes_are_counted_as_they_come_too(encoding: str, answering: Answering) -> None:
    """Even if they decode to nothing; the rest is not read."""
    nothing = gzip.compress(b"")
    body, answer = encoded([nothing] * 1000, encoding)
    with pytest.raises(ResponseDecodeError, match="at most 200 bytes, got more"):
        answering(answer, max_response_bytes=200).stats()
    assert body.given == 200 // len(nothing) + 1
    body, answer = encoded([nothing] * 1000, encoding)
    transport = httpx.MockTransport(answer)
    async with AsyncClient("http://gw", "", transport=transport, max_response_bytes=200) as client:
        with pytest.raises(ResponseDecodeError, match="at most 200 bytes, got more"):
            await client.stats()
    assert body.given == 200 // len(nothing) + 1


@pytest.mark.parametrize("encoding", ["gzip", "deflate", ""])
def test_of_an_error_the_beginning_will_do(encoding: str, answering: Answering) -> None:
    """The status says enough, so it can be repeated, and the text is short."""
    packs: dict[str, Any] = {"gzip": gzip.compress, "deflate": zlib.compress, "": bytes}
    pack = packs[encoding]
    line = b"the database is away\n"
    body, answer = encoded(cut(pack(line * 100_000), 3000), encoding, 503)
    policy = RetryPolicy(attempts=2, first_pause=0)
    with pytest.raises(ServerError) as caught:
        answering(answer, retries=policy).stats()
    error = caught.value
    assert [attempt.status for attempt in error.history] == [503]
    assert isinstance(error.body, str)
    assert error.body.startswith("the database is away")
    assert len(error.body) <= 256 * 1024
    assert body.is_closed
    assert len(str(error)) < 1000
    assert (body.given // 2 - 1) * 3000 <= 256 * 1024  # twice


@pytest.mark.parametrize("encoding", ["br", "gzip, gzip", "gzip"])
def test_an_error_that_cannot_be_decoded_is_still_that_error(
    encoding: str, answering: Answering
) -> None:
    """It has no body then."""
    _, answer = encoded([b"no gzip"], encoding, 502)
    with pytest.raises(ServerError) as caught:
        answering(answer).stats()
    assert (caught.value.status, caught.value.body) == (502, None)


def test_a_value_of_another_status_may_be_long(answering: Answering) -> None:
    """Such as the results of a batch that failed."""
    result = {"passed": False, "violations": [], "contract_version": "1", "transformed_event": {}}
    results = [{**result, "transformed_event": {"a": "x" * 1000}} for _ in range(600)]
    text = json.dumps(
        {"total": 600, "passed": 0, "failed": 600, "resolved_version": "1", "results": results}
    )
    assert len(text) > 2 * 256 * 1024
    client = answering(lambda _: httpx.Response(422, stream=Parts([text.encode()])))
    assert client.ingest("id", {"n": 1}).failed == 600
    with pytest.raises(HTTPError) as caught:
        client.create_contract("name", "yaml")
    assert len(caught.value.body) == 256 * 1024


@pytest.mark.anyio
async def test_a_hook_may_read_the_answer(answering: Answering) -> None:
    """As httpx's own documentation does."""
    packed = [gzip.compress(STATS)]

    async def read(response: httpx.Response) -> None:
        await response.aread()

    _, answer = encoded(packed, "gzip")
    transport = httpx.MockTransport(answer)
    hooks: Any = {"response": [httpx.Response.read]}
    with httpx.Client(transport=transport, event_hooks=hooks) as http:
        assert Client("http://gw", "", http_client=http).stats().total_events == 7
    async with httpx.AsyncClient(transport=transport, event_hooks={"response": [read]}) as other:
        client = AsyncClient("http://gw", "", http_client=other)
        assert (await client.stats()).total_events == 7


@given(data=st.binary(max_size=300), size=st.integers(1, 40), most=st.integers(0, 400))
def test_no_more_is_decoded_than_one_byte_beyond_what_is_wanted(
    data: bytes, size: int, most: int
) -> None:
    """And all of what is wanted."""
    for encoding, packed in (("gzip", gzip.compress(data)), ("deflate", raw_deflate(data))):
        inflation, got = Inflation(encoding), b""
        for part in cut(packed, size):
            if len(got) <= most:
                got += b"".join(inflation.decode(part, most - len(got)))
        assert got == data[: most + 1]


@given(st.text(max_size=30))
def test_any_header_of_an_encoding_is_read_or_refused(header: str) -> None:
    """With one kind of exception."""
    try:
        assert encoding_of(header) in (None, "gzip", "deflate")
    except ValueError as error:
        assert "expected an answer in gzip, deflate or neither" in str(error)
