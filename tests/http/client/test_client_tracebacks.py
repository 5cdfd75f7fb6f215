"""No traceback of ours shows a key or an event, however it is rendered."""

from __future__ import annotations

import asyncio
import inspect
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import httpx
import msgspec
import pytest

import contractgate_core.errors
from contractgate_core.errors import ContractGateError, IngestInterruptedError, ServerError
from contractgate_http import (
    AsyncClient,
    AsyncLLMGate,
    Client,
    LLMGate,
    LocalGateway,
    Retry,
    RetryPolicy,
    extract_json,
)
from contractgate_http._answer import Answer, ToolCall
from contractgate_http._call import Reply
from contractgate_http._compat import raise_for_status
from contractgate_http._config import Config
from contractgate_http._many import Failed
from contractgate_http._splitting import Batch, EncodedEvent
from contractgate_http.endpoints import events as event_endpoints
from contractgate_http.local.message import make_request
from contractgate_http.local.work import _Outcome
from shown_errors import (
    CASES,
    ID,
    KINDS,
    URL,
    event,
    faults,
    key,
    marks,
    run,
)
from shown_frames import ours, rendered
from sizes import some

IN_CORE_ALONE = {
    *("ContractCompileError", "PatternError", "EventDecodeError", "InvalidEventError"),
    *("Attempt", "ContractGateError"),
}


def raised(use: Any) -> BaseException:
    """Return the error that a call raises."""
    try:
        use()
    except BaseException as error:
        return error
    raise AssertionError("nothing was raised")


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("kind", KINDS)
def test_an_error_shows_neither_key_nor_event(kind: str, name: str) -> None:
    """Nor frames of httpx and h11, and at most two of ours, its causes included."""
    error = raised(lambda: run(kind, CASES[name]))
    assert type(error).__name__ == CASES[name].expected
    assert faults(error) == []


def test_every_documented_error_is_among_them() -> None:
    """Except those that no client raises."""
    missing = set(contractgate_core.errors.__all__) - IN_CORE_ALONE
    assert missing <= {case.expected for case in CASES.values()}


_FAILING_TESTS = """
import pytest
from shown_errors import CASES, KINDS, run

@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", KINDS)
def test_it(kind, name):
    run(kind, CASES[name])
"""


_SOME = ["401", "no HTTP", "stream lost", "too large", "unsendable"]


@pytest.mark.parametrize(
    ("names", "options"),
    [
        (some(sorted({*CASES} - {"interrupted"})), ("--tb=long", "-l")),
        (some(_SOME), ("--full-trace", "-lvv")),
    ],
    ids=["all", "even what pytest hides"],
)
def test_pytest_shows_neither(names: list[str], options: tuple[str, ...], tmp_path: Path) -> None:
    """In the report of tests that fail with these errors, with all locals."""
    failing = _FAILING_TESTS.replace("NAMES", repr(names))
    (tmp_path / "test_shown.py").write_text(failing, "utf-8")
    support = Path(sys.modules["shown_errors"].__file__ or "").parent
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(support), "COLUMNS": "300"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
    )
    shown = done.stdout + done.stderr
    assert f"{2 * len(names)} failed" in shown.splitlines()[-1], shown[-2000:]
    assert [mark for mark in marks() if mark in shown] == []
    for name in ("httpx", "httpcore", "h11"):
        assert f"{os.sep}{name}{os.sep}" not in shown
    if "--tb=long" in options:
        assert "contractgate_http" + os.sep not in shown  # pytest hides what is ours


# Every public method


def methods(kind: type) -> list[str]:
    """Name the methods that users call."""
    found = [name for name in dir(kind) if not name.startswith("_")]
    return [name for name in found if inspect.isfunction(inspect.getattr_static(kind, name))]


def arguments(method: Any) -> dict[str, Any]:
    """Make marked arguments: the events, or the text that an argument asks for."""
    made: dict[str, Any] = {}
    for name, parameter in inspect.signature(method).parameters.items():
        if name in ("events", "event", "payload", "samples", "call"):
            made[name] = [event()]
        elif parameter.default is inspect.Parameter.empty or name in ("description", "data"):
            made[name] = event()["email"]
    return made


def broken(request: httpx.Request) -> httpx.Response:
    """Fail unexpectedly."""
    raise ZeroDivisionError


def held(error: BaseException) -> list[str]:
    """Return the marks held by our frames, except in texts of errors, which may quote them."""
    values = [repr(value) for trace in ours(error) for value in trace.tb_frame.f_locals.values()]
    # What an error says of an argument that is no event is its own affair.
    others = [text for text in values if str(error) not in text]
    return [mark for mark in marks() if any(mark in text for text in others)]


@pytest.mark.parametrize("name", [name for name in methods(Client) if name != "close"])
def test_every_method_of_the_client_lets_its_errors_out_alone(name: str) -> None:
    """Every method is checked, even a new one."""
    with Client(URL, key(), transport=httpx.MockTransport(broken)) as client:
        method = getattr(client, name)

        def use() -> None:
            came = method(**arguments(method))
            for _ in came if isinstance(came, Iterator) else ():
                pass
            if name == "with_options":
                client.with_options(api_key=key(), timeout=-1)

        error = raised(use)
        assert 1 <= len(ours(error)) <= 2
        assert held(error) == []


@pytest.mark.parametrize("name", [name for name in methods(AsyncClient) if name != "aclose"])
def test_every_method_of_the_async_client_does(name: str) -> None:
    """As those of the other one."""

    async def use() -> None:
        async with AsyncClient(URL, key(), transport=httpx.MockTransport(broken)) as client:
            method = getattr(client, name)
            came = method(**arguments(method))
            if hasattr(came, "__aiter__"):
                async for _ in came:
                    pass
            elif inspect.isawaitable(came):
                await came
            client.with_options(api_key=key(), timeout=-1)

    error = raised(lambda: anyio.run(use))
    assert 1 <= len(ours(error)) <= 2
    assert held(error) == []


class _NoClosing(httpx.BaseTransport, httpx.AsyncBaseTransport):
    def close(self) -> None:
        raise ZeroDivisionError

    async def aclose(self) -> None:
        raise ZeroDivisionError


def test_closing_does_so_too() -> None:
    """Even if the transport cannot be closed."""

    def close() -> None:
        Client(URL, key(), transport=_NoClosing()).close()

    async def aclose() -> None:
        await AsyncClient(URL, key(), transport=_NoClosing()).aclose()

    for error in (raised(close), raised(lambda: asyncio.run(aclose()))):
        assert isinstance(error, ZeroDivisionError)
        assert faults(error) == []


@pytest.mark.parametrize("kind", [Client, AsyncClient])
@pytest.mark.parametrize(
    "use",
    [
        lambda kind: kind(URL, key(), timeout="1"),
        lambda kind: kind(URL, key() + "\n"),
        lambda kind: kind(URL, key(), headers={"authorization": f"Bearer {key()}", "x": "\n"}),
        lambda kind: kind(f"ftp://user:{key()}@gw", key()),
        lambda kind: kind(f"https://user:{key()}#x@gw"),
        lambda kind: kind(f"https://user:{key()}/x@gw"),
        lambda kind: kind(URL, key(), proxy=f"http://user:{key()}/x@gw"),
        lambda kind: kind(URL, key(), proxy=f"nothing://user:{key()}@gw"),
        lambda kind: kind(URL, key(), nothing=1),
        lambda kind: kind(URL, key(), http_client=1, verify=False),
    ],
)
def test_a_client_that_cannot_be_made_shows_no_key(kind: Any, use: Any) -> None:
    """Nor the credentials of a URL that is parsed differently than it was meant."""
    error = raised(lambda: use(kind))
    assert isinstance(error, (TypeError, ValueError))
    assert faults(error) == []


@pytest.mark.parametrize(
    "use",
    [
        lambda: event_endpoints.ingest(ID, [event(n=float("nan"))]),
        lambda: raise_for_status(500, [event()]),
        lambda: extract_json(f"{event()}"),
        lambda: LLMGate("c", api_key=key(), base_url=""),
        lambda: LLMGate(ID, client=Client(URL, key())).validate_only(f"{event()}"),
        lambda: LLMGate(ID, client=Client(URL, key())).completion("m", [event()]),
        lambda: extract_json({"choices": [], **event()}, tool="t"),
        lambda: LLMGate(ID, tool=event(), client=Client(URL, key())),  # type: ignore[arg-type]
        lambda: gate().completion("m", [event()]),
        lambda: gate(tool="t").message("m", [event()]),
        lambda: gate().response("m", event()["email"], auto_repair=True),
        lambda: gate(answer=refused).response("m", [event()]),
        lambda: gate(says="{}", answer=refused).completion("m", [event()]),
        lambda: LocalGateway().backup("/dev/null"),
        lambda: _closed().backup("x"),
        lambda: _closed().deliver(make_request("POST", b"/", b"", [], str(event()).encode())),
        lambda: _closed().steps(make_request("POST", b"/", b"", [], str(event()).encode())),
        lambda: LocalGateway(clock=lambda: float("nan")),
        lambda: LocalGateway().add_key(key(), org=ID),
        lambda: LocalGateway("/", auth=True),
        lambda: _closed().transport.handle_request(httpx.Request("POST", URL, json=event())),
    ],
)
def test_what_else_is_public_shows_neither(use: Any) -> None:
    """Endpoints, gates and the local gateway."""
    error = raised(use)
    assert len(ours(error)) <= 2
    assert [mark for mark in marks() if mark in rendered(error)] == []


class _Model:
    """Answers with a marked text or a given answer, sync or async."""

    def __init__(self, says: str = "") -> None:
        self.chat = self.completions = self.messages = self.responses = self
        self._says = says

    def create(self, **_: Any) -> Any:
        """Answer."""
        return self._says or f"{event()} and more"


class _AsyncModel(_Model):
    async def create(self, **_: Any) -> Any:
        """Answer."""
        return super().create()


def refused(request: httpx.Request) -> httpx.Response:
    """Refuse with a text that quotes the key and the event."""
    return CASES["400"].answer(request)


def gate(says: str = "", answer: Any = broken, **options: Any) -> LLMGate:
    """Make a gate of a model that has been asked."""
    client = Client(URL, key(), transport=httpx.MockTransport(answer))
    return LLMGate(ID, _Model(says), client=client, **options)


def _closed() -> LocalGateway:
    gateway = LocalGateway()
    gateway.close()
    return gateway


def test_an_async_gate_shows_neither() -> None:
    """As the other one."""

    async def use(ask: Any) -> None:
        async with AsyncClient(URL, key(), transport=httpx.MockTransport(refused)) as client:
            await ask(AsyncLLMGate(ID, _AsyncModel("{}"), client=client))
            await ask(AsyncLLMGate(ID, _AsyncModel(), client=client))

    for ask in (
        lambda gate: gate.validate_only(f"{event()}"),
        lambda gate: gate.completion("m", [event()]),
        lambda gate: gate.message("m", [event()], auto_repair=True),
        lambda gate: gate.response("m", event()["email"]),
    ):
        assert faults(raised(lambda ask=ask: asyncio.run(use(ask)))) == []


@pytest.mark.parametrize("kind", KINDS)
def test_what_ends_a_program_shows_neither(kind: str) -> None:
    """If a source that is read in the background raises it."""
    case = CASES["slow stream broken"]._replace(
        use=lambda client: client.ingest_many(ID, ending_iterable(), max_wait=5)
    )
    error = raised(lambda: run(kind, case))
    assert isinstance(error, SystemExit)
    assert names(error)[-1] == "ending_iterable"
    assert faults(error) == []


def ending_iterable() -> Iterator[Any]:
    """Yield an event, and end the program."""
    yield event()
    raise SystemExit


def test_a_call_that_is_cancelled_shows_neither() -> None:
    """asyncio's timeout has the cancellation as its cause."""

    async def slow(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(30)
        raise AssertionError

    async def use() -> None:
        async with AsyncClient(URL, key(), transport=httpx.MockTransport(slow)) as client:
            await asyncio.wait_for(client.ingest(ID, [event()]), 0.05)

    error = raised(lambda: asyncio.run(use()))
    assert isinstance(error, (TimeoutError, asyncio.TimeoutError))
    assert faults(error) == []


# What stays


def names(error: BaseException) -> list[str]:
    """Name the functions in the traceback of an error."""
    trace, found = error.__traceback__, []
    while trace is not None:
        found.append(trace.tb_frame.f_code.co_name)
        trace = trace.tb_next
    return found


def broken_iterable() -> Iterator[Any]:
    """Yield an event, and fail."""
    yield event()
    raise KeyError("x")


@pytest.mark.parametrize("kind", KINDS)
def test_the_users_own_frames_stay(kind: str) -> None:
    """Of an iterable that fails, where it did so."""
    case = CASES["stream broken"]._replace(
        use=lambda client: client.ingest_many(ID, broken_iterable())
    )
    error = raised(lambda: run(kind, case))
    assert isinstance(error, IngestInterruptedError)
    assert isinstance(error.__cause__, KeyError)
    assert names(error.__cause__) == ["broken_iterable"]


def test_who_is_told_of_a_failed_try_gets_no_frames() -> None:
    """The callback's own exception shows where it was raised, since that is the user's code."""
    told: list[Retry] = []

    def on_retry(retry: Retry) -> None:
        told.append(retry)
        if len(told) == 2:
            raise LookupError

    case = CASES["tried again"]._replace(
        options=lambda: {"retries": RetryPolicy(attempts=5, first_pause=0, on_retry=on_retry)}
    )
    error = raised(lambda: run("sync", case))
    assert isinstance(error, LookupError)
    assert names(error)[-1] == "on_retry"
    assert told[0].error.__traceback__ is None
    assert faults(told[0].error) == []
    assert key() not in told[0].attempt.reason


def test_the_history_shows_no_key() -> None:
    """Neither in the reasons nor in the notes."""
    error = raised(lambda: run("sync", CASES["tried again"]))
    assert isinstance(error, ServerError)
    assert len(error.history) == 2
    assert "***" in error.history[0].reason
    assert key() not in f"{error.history}{getattr(error, '__notes__', '')}"


def test_tracebacks_can_be_kept_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """With an environment variable, for debugging."""
    monkeypatch.setenv("CONTRACTGATE_TRACEBACKS", "full")
    error = raised(lambda: run("sync", CASES["401"]))
    assert "error_of" not in names(error)
    assert {"method", "run", "value_of"} <= set(names(error))


# What holds keys and events


def test_what_holds_them_has_a_repr_without() -> None:
    """It may be in anyone's local variables."""
    call = event_endpoints.ingest(ID, [event()])
    with Client(URL, key(), headers={"cookie": key()}) as client:
        config = client._config
        carriers = [
            call,
            config,
            Reply(200, {"cookie": key()}, str(event()).encode()),
            EncodedEvent(str(event()).encode()),
            Batch(1, 0, 1, str(event()).encode()),
            Failed(KeyError(str(event()))),
            ToolCall("tool", "1", event(), event()),
            Answer("text", event(), [str(event())], [], False, ""),
            _Outcome(event(), None),
        ]
        error = raised(lambda: _raise_beside(carriers))
        assert faults(error) == []
    assert repr(call) == "<Call POST /v1/ingest/{contract_id}>"
    assert isinstance(config, Config)


def _raise_beside(local: object) -> None:
    raise ContractGateError


def test_a_struct_that_hides_something_hides_it_from_rich_too() -> None:
    """msgspec gives each struct a `__rich_repr__` of its own, which shows everything."""
    open_ones = [
        kind
        for kind in _structs(msgspec.Struct)
        if kind.__module__.startswith("contractgate")
        and kind.__repr__ is not msgspec.Struct.__repr__
        and kind.__rich_repr__ is msgspec.Struct.__rich_repr__
    ]
    assert open_ones == []
    assert len(list(_structs(msgspec.Struct))) > 50


def _structs(kind: Any) -> Iterator[Any]:
    for below in kind.__subclasses__():
        yield below
        yield from _structs(below)
