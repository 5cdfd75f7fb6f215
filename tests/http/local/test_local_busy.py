"""While one request compiles or judges, others are answered, and their changes count."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Optional

import anyio
import httpx
import pytest

from contractgate_core.engine.compiled import CompiledContract
from contractgate_http.local import LocalGateway
from contractgate_http.local.prepared import Library, Prepared
from contractgate_http.local.turns import short_turns
from contractgate_http.local.work import LONG, Done, Unfinished
from gateway_tools import CONTRACT, SECRET, Session, session
from processes import forked

SLOW = CONTRACT.replace("orders", "slow")
BAD = SLOW.replace("{name: id, type: integer}", '{name: id, type: string, pattern: "("}')
OTHER = CONTRACT.replace('"1.0"', '"2.0"').replace("integer", "string")
WAIT = 20.0


class Held:
    """Long work that a test holds, and counts."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.may_end = threading.Event()
        self.compiled = 0
        self.judged = 0
        self.holds: Optional[str] = None
        self.meanwhile: Callable[[], object] = self._hold

    def hold(self, what: str) -> None:
        if self.holds == what:
            self.begun.release()
            self.meanwhile()

    def _hold(self) -> None:
        assert self.may_end.wait(WAIT)

    def wait(self, times: int = 1) -> None:
        """Wait until this much work has begun."""
        for _ in range(times):
            assert self.begun.acquire(timeout=WAIT)


class HeldCompiled:
    """Judges like a compiled contract, but is held."""

    def __init__(self, compiled: CompiledContract, held: Held) -> None:
        self._compiled, self._held = compiled, held

    def check_value(self, event: Any, *, now: int) -> Any:
        self._held.judged += 1
        self._held.hold("judging")
        return self._compiled.check_value(event, now=now)


class HeldPrepared(Prepared):
    """Compiles like a prepared contract, but is held if the contract is named `slow`."""

    def __init__(self, yaml: str, held: Held) -> None:
        super().__init__(yaml)
        self.held = held

    def _compile(self) -> Any:
        if "name: slow" not in self.yaml:
            return super()._compile()
        self.held.compiled += 1
        self.held.hold("compiling")
        return HeldCompiled(super()._compile(), self.held)


class HeldLibrary(Library):
    """Prepares contracts that are held."""

    def __init__(self, held: Held) -> None:
        super().__init__()
        self._held = held
        self._all: dict[str, Prepared] = {}

    def find(self, yaml: str) -> Prepared:
        return self._all.setdefault(yaml, HeldPrepared(yaml, self._held))


@pytest.fixture
def held(gateway: LocalGateway) -> Iterator[Held]:
    held = Held()
    gateway._state.library = HeldLibrary(held)
    yield held
    held.may_end.set()


class Answers:
    """Requests under way in threads, and their answers."""

    def __init__(self) -> None:
        self.replies: list[httpx.Response] = []
        self.failures: list[BaseException] = []
        self._threads: list[threading.Thread] = []

    def send(self, request: Callable[[], httpx.Response]) -> None:
        def run() -> None:
            try:
                self.replies.append(request())
            except BaseException as error:
                self.failures.append(error)

        self._threads.append(threading.Thread(target=run))
        self._threads[-1].start()

    def wait(self) -> list[httpx.Response]:
        for thread in self._threads:
            thread.join(WAIT)
            assert not thread.is_alive()
        return self.replies


@pytest.fixture
def answers(held: Held) -> Iterator[Answers]:
    answers = Answers()
    yield answers
    held.may_end.set()
    answers.wait()


@pytest.fixture(params=["compiling", "judging"])
def busy(request: pytest.FixtureRequest, client: Session, held: Held, answers: Answers) -> Answers:
    """A request that waits until the test lets it go on."""
    contract_id = client.deploy(SLOW, "slow")
    held.holds = request.param
    answers.send(lambda: client.ingest(contract_id, {"id": 1}))
    held.wait()
    return answers


def others(contract_id: str) -> list[tuple[str, str, Any]]:
    """List requests that are answered meanwhile, one of each kind."""
    return [
        ("GET", "/health", None),
        ("GET", "/ready", None),
        ("GET", "/contracts", None),
        ("GET", f"/contracts/{contract_id}/versions/1.0", None),
        ("GET", "/audit", None),
        ("GET", "/stats", None),
        ("GET", "/quarantine", None),
        ("POST", f"/v1/ingest/{contract_id}", [{"id": 1}, {"id": "no"}]),
        ("POST", f"/ingest/{contract_id}", {"id": 1}),
        ("POST", f"/egress/{contract_id}", {"id": 1}),
        ("POST", "/contracts/deploy", {"name": "new", "yaml_content": OTHER}),
        ("POST", "/playground/validate", {"yaml_content": OTHER, "event": {}}),
    ]


def test_other_requests_are_answered_meanwhile(client: Session, held: Held, busy: Answers) -> None:
    """Each of them, by a blocking client."""
    contract_id = client.deploy()
    for method, path, body in others(contract_id):
        assert client.http.request(method, path, json=body).status_code < 300, path
    assert busy.replies == []
    held.may_end.set()
    assert [reply.status_code for reply in busy.wait()] == [200]
    assert {row["contract_version"] for row in client.audit()} == {"1.0"}


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
@pytest.mark.parametrize("way", ["transport", "asgi"])
@pytest.mark.parametrize("work", ["compiling", "judging"])
def test_an_event_loop_goes_on_meanwhile(
    gateway: LocalGateway, client: Session, held: Held, backend: str, way: str, work: str
) -> None:
    """Slow requests of the same loop take no thread from the others."""
    number = 60 if work == "compiling" else 20
    slow_id, contract_id = client.deploy(SLOW, "slow"), client.deploy()
    held.holds = work
    transport: Any = gateway.transport if way == "transport" else httpx.ASGITransport(gateway.asgi)
    statuses: list[int] = []

    async def main() -> None:
        async with httpx.AsyncClient(
            transport=transport, base_url=gateway.url, headers={"x-api-key": gateway.api_key}
        ) as loop_client:

            async def send() -> None:
                reply = await loop_client.post(f"/v1/ingest/{slow_id}", json={"id": 1})
                statuses.append(reply.status_code)

            with anyio.fail_after(WAIT):
                async with anyio.create_task_group() as tasks:
                    for _ in range(number):
                        tasks.start_soon(send)
                    await anyio.to_thread.run_sync(held.wait)
                    for method, path, body in others(contract_id)[:7]:
                        reply = await loop_client.request(method, path, json=body)
                        assert reply.status_code == 200, path
                    assert statuses == []
                    held.may_end.set()

    anyio.run(main, backend=backend)
    assert statuses == [200] * number
    assert held.compiled == 1


@pytest.mark.parametrize(("yaml", "status"), [(SLOW, 200), (BAD, 422)])
def test_a_contract_is_compiled_once_for_all_who_ask(
    client: Session, held: Held, answers: Answers, yaml: str, status: int
) -> None:
    """At once or later, even if it is refused."""
    contract_id = client.deploy(yaml, "slow")
    held.holds = "compiling"
    for _ in range(8):
        answers.send(lambda: client.ingest(contract_id, {"id": 1}))
    held.wait()
    held.may_end.set()
    assert [reply.status_code for reply in answers.wait()] == [status] * 8
    assert len({reply.text for reply in answers.replies}) <= 8
    assert client.ingest(contract_id, {"id": 1}).status_code == status
    assert held.compiled == 1


def test_a_contract_that_is_deleted_meanwhile_is_not_found(
    client: Session, held: Held, busy: Answers
) -> None:
    """Nothing is written about the events that were judged by it."""
    (contract,) = client.http.get("/contracts").json()
    assert client.http.delete(f"/contracts/{contract['id']}").status_code == 204
    held.may_end.set()
    assert [reply.status_code for reply in busy.wait()] == [404]
    assert client.audit() == client.quarantine() == []
    assert client.http.get("/usage").json()["used"] == 0


def test_a_version_that_is_promoted_meanwhile_judges(
    client: Session, held: Held, busy: Answers
) -> None:
    """Answer, audit and quarantine are of the version that is stable at the end."""
    (contract,) = client.http.get("/contracts").json()
    client.add_version(contract["id"], "2.0", OTHER)
    held.may_end.set()
    (reply,) = busy.wait()
    assert (reply.status_code, reply.json()["resolved_version"]) == (422, "2.0")
    assert [row["contract_version"] for row in client.audit()] == ["2.0"]
    assert [row["contract_version"] for row in client.quarantine()] == ["2.0"]


def test_what_is_reset_meanwhile_is_gone(client: Session, held: Held, busy: Answers) -> None:
    """The request neither brings it back nor is listed among later ones."""
    client.gateway.reset()
    assert client.http.get("/health").status_code == 200
    held.may_end.set()
    assert [reply.status_code for reply in busy.wait()] == [404]
    assert [one.path for one in client.gateway.requests] == ["/health"]


def test_a_closed_gateway_breaks_off_what_is_on_its_way(
    gateway: LocalGateway, held: Held, busy: Answers
) -> None:
    """A client sees the same as from a server that is gone."""
    gateway.close()
    held.may_end.set()
    assert busy.wait() == []
    assert [type(error) for error in busy.failures] == [httpx.ConnectError]


def test_the_same_request_at_once_is_done_once(
    client: Session, held: Held, answers: Answers
) -> None:
    """Both are judged, and the second gets the answer of the first."""
    contract_id = client.deploy(SLOW, "slow")
    held.holds = "judging"
    headers = {"idempotency-key": "k"}
    for _ in range(3):
        answers.send(lambda: client.ingest(contract_id, {"id": "no"}, headers=headers))
    held.wait(3)
    held.may_end.set()
    replies = answers.wait()
    again = [reply for reply in replies if "x-idempotency-replay" in reply.headers]
    assert (len(replies), len(again)) == (3, 2)
    assert len({reply.json()["results"][0]["quarantine_id"] for reply in replies}) == 1
    assert len(client.audit()) == len(client.quarantine()) == 1


def test_the_last_events_of_a_plan_go_to_who_is_first(
    gateway: LocalGateway, held: Held, answers: Answers
) -> None:
    """An admitted batch is refused if the month's events are used up meanwhile."""
    key = gateway.add_key(org=gateway.add_org(plan="free", used=999_999))
    with session(gateway, key) as client:
        contract_id = client.deploy(SLOW, "slow")
        held.holds = "judging"
        for _ in range(2):
            answers.send(lambda: client.ingest(contract_id, {"id": 1}))
        held.wait(2)
        held.may_end.set()
        assert sorted(reply.status_code for reply in answers.wait()) == [200, 429]
        assert client.http.get("/usage").json()["used"] == 1_000_000


def test_a_request_that_is_begun_anew_takes_its_tokens_once(held: Held) -> None:
    """Two for each, like any other request."""
    with LocalGateway(clock=lambda: 1_795_000_000.0) as gateway:
        gateway._state.library = HeldLibrary(held)
        with session(gateway) as client:
            contract_id = client.deploy(SLOW, "slow")
            events = [{"id": index, "email": SECRET} for index in range(500)]
            left = [
                client.ingest(contract_id, events).headers["x-ratelimit-remaining"]
                for _ in range(3)
            ]
    assert left == ["997", "995", "993"]


def test_other_versions_try_what_was_judged_by_one_that_is_gone(
    client: Session, held: Held
) -> None:
    """For a fallback contract, the versions to try are looked up again."""
    contract_id = client.deploy(SLOW, "slow")
    client.http.patch(f"/contracts/{contract_id}", json={"multi_stable_resolution": "fallback"})
    client.add_version(contract_id, "2.0", SLOW.replace('"1.0"', '"2.0"'))
    client.add_version(contract_id, "3.0", OTHER)
    changes = [lambda: client.promote(contract_id, "4.0")]
    texts = OTHER.replace("name: id, type: string", "name: id, type: boolean")
    client.add_version(contract_id, "4.0", texts, stable=False)
    held.holds, held.meanwhile = "judging", lambda: changes.pop()() if changes else None
    reply = client.ingest(contract_id, [{"id": True}, {"id": 1}, {"id": "x"}, {"id": None}])
    assert reply.json()["resolved_version"] == "4.0"
    versions = [one["contract_version"] for one in reply.json()["results"]]
    assert versions == ["4.0", "2.0", "3.0", "4.0"]
    assert [one["passed"] for one in reply.json()["results"]] == [True, True, True, False]


def test_a_row_that_is_replayed_meanwhile_is_not_replayed_again(
    client: Session, held: Held, answers: Answers
) -> None:
    """Of two replays of a row at once, one passes it, and the other says that it has passed."""
    contract_id = client.deploy(OTHER.replace("orders", "slow"), "slow")
    row_id = client.ingest(contract_id, {"id": 1}).json()["results"][0]["quarantine_id"]
    client.add_version(contract_id, "3.0", SLOW)
    held.holds = "judging"
    path = f"/contracts/{contract_id}/quarantine/replay"
    for _ in range(2):
        answers.send(lambda: client.http.post(path, json={"ids": [row_id]}))
    held.wait(2)
    held.may_end.set()
    found = sorted(reply.json()["results"][0]["outcome"] for reply in answers.wait())
    assert found == ["already_replayed", "replayed"]
    history = client.http.get(f"/contracts/{contract_id}/quarantine/{row_id}/replay-history")
    assert [one["kind"] for one in history.json()] == ["source", "passed_replay"]


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_what_is_cancelled_meanwhile_leaves_nothing(
    gateway: LocalGateway, client: Session, held: Held, backend: str
) -> None:
    """The event that was being judged is not kept, and the gateway goes on."""
    contract_id = client.deploy(SLOW, "slow")
    held.holds = "judging"

    async def main() -> None:
        async with httpx.AsyncClient(
            transport=gateway.transport, headers={"x-api-key": gateway.api_key}
        ) as loop_client:
            url = f"{gateway.url}/v1/ingest/{contract_id}"
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(lambda: loop_client.post(url, json={"id": 1}))
                await anyio.to_thread.run_sync(held.wait)
                tasks.cancel_scope.cancel()
                held.may_end.set()

    anyio.run(main, backend=backend)
    assert client.audit() == []
    assert client.ingest(contract_id, {"id": 1}).status_code == 200


def test_times_of_changes_are_in_the_order_in_which_they_are_made() -> None:
    """A request that came first but takes effect last is later, and no two have the same time."""
    with LocalGateway(clock=lambda: 1_795_000_000.0) as gateway:
        state = gateway._state
        early, late = state.arrive(), state.arrive()
        first = state.micros(late)
        state.pass_time(late, first)
        second = state.micros(early)
        state.pass_time(early, second)
        third = state.micros(state.arrive())
        assert first < second < third


def long_one(number: int) -> str:
    """Write a contract that takes long to compile."""
    long = SLOW.replace("name: slow", f"name: slow\ndescription: {'x' * (LONG // 16)}")
    return long.replace("xx", "xy", number)


def test_long_work_takes_turns_and_short_work_does_not_wait_for_it(
    gateway: LocalGateway, client: Session, held: Held, answers: Answers
) -> None:
    """A single busy thread already keeps others waiting for the interpreter."""
    small, other = client.deploy(SLOW, "slow"), client.deploy()
    first, second = (client.deploy(long_one(n), f"long{n}") for n in (1, 2))
    held.holds = "compiling"
    for contract_id in (first, second):
        answers.send(partial(client.ingest, contract_id, {"id": 1}))
    held.wait()
    assert held.compiled == 1
    assert client.ingest(other, {"id": 1}).status_code == 200
    answers.send(lambda: client.ingest(small, {"id": 1}))
    held.wait()
    assert held.compiled == 2
    held.may_end.set()
    assert [reply.status_code for reply in answers.wait()] == [200] * 3


@pytest.fixture
def interval() -> Iterator[float]:
    """How long a thread may run before it is asked to let others run, in seconds."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(0.004)
    yield sys.getswitchinterval()
    sys.setswitchinterval(before)


def test_threads_take_short_turns_during_long_work(
    client: Session, held: Held, answers: Answers, interval: float
) -> None:
    """An answer needs a dozen; short work, or work that is over, leaves the process as it was."""
    long_id, short_id = client.deploy(long_one(1), "long"), client.deploy(SLOW, "slow")
    held.holds = "compiling"
    answers.send(lambda: client.ingest(short_id, {"id": 1}))
    held.wait()
    assert sys.getswitchinterval() == interval
    answers.send(lambda: client.ingest(long_id, {"id": 1}))
    held.wait()
    assert sys.getswitchinterval() < 0.001
    held.may_end.set()
    assert len(answers.wait()) == 2
    assert sys.getswitchinterval() == interval


def test_turns_are_short_until_the_last_who_asked_is_done(interval: float) -> None:
    """Two gateways may do long work at once."""
    with short_turns():
        with contextlib.suppress(LookupError), short_turns():
            raise LookupError
        assert sys.getswitchinterval() < 0.001
    assert sys.getswitchinterval() == interval


@pytest.mark.usefixtures("interval")
def test_turns_that_somebody_else_has_set_stay() -> None:
    """Set during the work, or shorter ones set before."""
    with short_turns():
        sys.setswitchinterval(0.003)
        assert sys.getswitchinterval() == 0.003
    assert sys.getswitchinterval() == 0.003
    sys.setswitchinterval(0.0001)
    shorter = sys.getswitchinterval()
    with short_turns():
        assert sys.getswitchinterval() == pytest.approx(shorter, rel=0.1)
    assert sys.getswitchinterval() == pytest.approx(shorter, rel=0.1)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_child_does_not_take_short_turns_for_work_of_its_parent(interval: float) -> None:
    """The thread that asked for them does not exist there."""

    def intervals() -> list[float]:
        found = [sys.getswitchinterval()]
        with short_turns():
            found.append(sys.getswitchinterval())
        return [*found, sys.getswitchinterval()]

    with short_turns():
        before, meanwhile, after = json.loads(forked(intervals))
    assert before == after == pytest.approx(interval, rel=0.1)
    assert meanwhile < 0.001


def test_work_that_is_always_another_comes_to_an_end() -> None:
    """A handler whose work changes each time is not run again for ever."""
    done, begun = Done(), 0
    while True:
        begun += 1
        try:
            assert done.result(begun, 0, lambda: "done") == "done"
        except Unfinished as left:
            left.work.run()
        else:
            break
    assert begun < 50


def test_an_error_of_work_is_the_handlers() -> None:
    """It is raised where the work was asked for, each time."""
    done = Done()

    def fail() -> None:
        raise LookupError("no such work")

    with pytest.raises(Unfinished) as left:
        done.result("key", 0, fail)
    left.value.work.run()
    for _ in range(2):
        with pytest.raises(LookupError, match="no such work"):
            done.result("key", 0, fail)


@pytest.mark.parametrize(("number", "is_exact"), [(50, False), (250, True)])
@pytest.mark.parametrize("is_nested", [False, True])
def test_nothing_is_written_for_contracts_with_many_fields(
    number: int, is_exact: bool, is_nested: bool
) -> None:
    """Python would compile it in one go, while no other thread can run."""
    fields = "".join(f"      - {{name: f{index}, type: integer}}\n" for index in range(number))
    if is_nested:
        fields = f"      - name: all\n        type: object\n        properties:\n{fields}"
    prepared = Prepared(f"version: '1'\nname: wide\nontology:\n    entities:\n{fields}")
    compiled = prepared.compiled
    for _ in range(40):
        assert not compiled.check_value({}, now=0).passed
    assert (compiled.judge.value == compiled.judge.exact_violations) == is_exact


def test_a_library_keeps_what_was_used_last() -> None:
    """Up to its limits of contracts and of text."""
    library = Library()
    kept = library.find("first")
    for number in range(100):
        library.find(f"{number} {'x' * 100_000}")
        assert library.find("first") is kept
    assert library.find(f"99 {'x' * 100_000}") is library.find(f"99 {'x' * 100_000}")
    assert len(library._kept) < 12
    for number in range(300):
        library.find(f"{number}")
    assert library.find("first") is not kept


@contextlib.contextmanager
def dropped(gateway: LocalGateway) -> Iterator[None]:
    """Let the database refuse writes for a while."""
    database = gateway._state.store.database
    pages = database.row("PRAGMA page_count")
    database.row(f"PRAGMA max_page_count = {pages[0] if pages else 1}")
    yield
    database.row("PRAGMA max_page_count = 1000000")


def test_late_writes_wait_until_they_are_written(gateway: LocalGateway, client: Session) -> None:
    """A write that a full disk refuses is done when there is space again."""
    contract_id = client.deploy()
    gateway.faults.add("late_writes", seconds=3600, times=1)
    client.ingest(contract_id, [{"id": 1, "note": "x" * 500}] * 1000)
    gateway.faults.clear()
    gateway.faults.add("clock_jump", seconds=7200, times=1)
    with dropped(gateway):
        assert client.http.get("/contracts").status_code == 500
    assert client.http.get("/contracts").status_code == 200
    assert client.http.get("/stats").json()["total_events"] == 1000
