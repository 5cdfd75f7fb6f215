"""`contractgate serve`, run as a user runs it."""

from __future__ import annotations

import contextlib
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from contractgate_core.cli import main
from gateway_tools import CONTRACT


class Served(NamedTuple):
    """A server, and what it said of itself."""

    process: subprocess.Popen[str]
    url: str
    secret: str


@contextlib.contextmanager
def served(*options: str) -> Iterator[Served]:
    command = [sys.executable, "-m", "contractgate_core", "serve", "--port", "0", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stderr is not None
    with process.stdout, process.stderr:
        first, second = process.stdout.readline(), process.stdout.readline()
        try:
            yield Served(process, first.split()[-1], second.split()[2 if "key" in second else 1])
        finally:
            process.kill()
            process.wait()


def deploy(client: httpx.Client) -> str:
    body = {"name": "orders", "yaml_content": CONTRACT}
    contract_id: str = client.post("/contracts/deploy", json=body).json()["contract_id"]
    return contract_id


def test_it_prints_its_url_and_a_key_and_serves() -> None:
    with served() as server:
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", server.url)
        assert re.fullmatch(r"cg_live_[0-9a-f]{48}", server.secret)
        with httpx.Client(base_url=server.url, headers={"x-api-key": server.secret}) as client:
            reply = client.post(f"/v1/ingest/{deploy(client)}", json=[{"id": 1}, {"id": "no"}])
        assert reply.status_code == 207
        assert reply.headers["x-ratelimit-remaining"] in ("997", "998")
        assert "server" not in reply.headers


def test_a_key_of_ones_own_is_known() -> None:
    key = "cg_mine_0123456789"
    with served("--key", key) as server:
        assert server.secret == key
        reply = httpx.get(f"{server.url}/contracts", headers={"x-api-key": key})
        assert reply.status_code == 200


def test_without_keys_it_says_which_organisation_there_is() -> None:
    with served("--no-auth") as server:
        with httpx.Client(base_url=server.url, headers={"x-org-id": server.secret}) as client:
            assert client.post(f"/v1/ingest/{deploy(client)}", json={"id": 1}).status_code == 200
        server.process.terminate()
        server.process.wait()
        assert server.process.stderr is not None
        assert server.process.stderr.read() == ""


def test_without_keys_it_warns_where_others_can_reach_it() -> None:
    with served("--no-auth", "--host", "0.0.0.0") as server:
        server.process.terminate()
        server.process.wait()
        assert server.process.stderr is not None
        warning = "warning: whoever reaches 0.0.0.0 can read and write everything; no key"
        assert warning in server.process.stderr.read()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_well_when_it_is_told_to_end(tmp_path: Path, number: signal.Signals) -> None:
    database = str(tmp_path / "gate.db")
    with served("--database", database) as first:
        with httpx.Client(base_url=first.url, headers={"x-api-key": first.secret}) as client:
            contract_id = deploy(client)
        first.process.send_signal(number)
        assert first.process.wait(timeout=10) == 0
    with served("--database", database) as second:
        assert second.secret == first.secret
        headers = {"x-api-key": second.secret}
        reply = httpx.get(f"{second.url}/contracts/{contract_id}", headers=headers)
        assert reply.status_code == 200


def test_a_slow_sender_and_an_endless_body_do_no_harm() -> None:
    with served() as server:
        address = httpx.URL(server.url)
        with socket.create_connection((str(address.host), address.port or 0)) as slow:
            slow.sendall(b"POST /contracts HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\n")
            chunks = (b" " * 65536 for _ in range(400))
            with contextlib.suppress(httpx.TransportError):
                reply = httpx.post(
                    f"{server.url}/v1/ingest/x",
                    content=chunks,
                    headers={"x-api-key": server.secret},
                )
                assert reply.status_code == 413
            assert httpx.get(f"{server.url}/health").status_code == 200


def test_what_cannot_be_served_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--database", str(tmp_path)]) == 2
    assert "cannot open the database" in capsys.readouterr().err
    assert main(["serve", "--key", "secret-key"]) == 2
    told = capsys.readouterr().err
    assert "--key: a key begins with `cg_`" in told
    assert "secret-key" not in told
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert main(["serve", "--port", port]) == 2
    assert f"cannot listen on 127.0.0.1 port {port}: " in capsys.readouterr().err


@pytest.mark.parametrize("port", ["-1", "65536", "http", "²"])
def test_a_port_that_is_none_is_refused(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", f"--port={port}"]) == 2
    assert "expected a port from 0 to 65535" in capsys.readouterr().err


def test_without_uvicorn_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    assert main(["serve"]) == 2
    assert "pip install 'contractgate-http[serve]'" in capsys.readouterr().err


def test_the_help_of_the_command_line_names_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert "serve     run a gateway on this machine" in capsys.readouterr().out


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x00\xff\xfe\r\n\r\n",
        b"GET\r\n\r\n",
        b"POST /v1/ingest/x HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
        b"POST /v1/ingest/x HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 5000 + b"\r\n",
    ],
)
def test_what_is_no_http_is_refused_and_forgotten(garbage: bytes, shared: Served) -> None:
    address = httpx.URL(shared.url)
    sender = socket.create_connection((str(address.host), address.port or 0), timeout=5)
    with sender, contextlib.suppress(ConnectionError):
        sender.sendall(garbage)
        assert sender.recv(12) in (b"", b"HTTP/1.1 400", b"HTTP/1.1 431", b"HTTP/1.1 401")
    assert httpx.get(f"{shared.url}/health").status_code == 200


@pytest.fixture(scope="module")
def shared() -> Iterator[Served]:
    with served() as server:
        yield server
