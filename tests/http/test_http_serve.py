"""`contractgate serve`, as users run it."""

from __future__ import annotations

import contextlib
import io
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Optional

import httpx
import pytest

from contractgate_core.cli import main
from contractgate_http import Client, LocalGateway
from gateway_tools import CONTRACT


class Served(NamedTuple):
    """A server, and its first output."""

    process: subprocess.Popen[str]
    url: str
    secret: str


def start(
    *options: str, env: Optional[dict[str, str]] = None, stdin: Optional[int] = None
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "contractgate_core", "serve", "--port", "0", *options],
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **(env or {})},
    )


@contextlib.contextmanager
def served(*options: str, env: Optional[dict[str, str]] = None) -> Iterator[Served]:
    process = start(*options, env=env)
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


@pytest.mark.parametrize("way", ["file", "variable"])
def test_a_key_need_not_be_shown_to_other_users(tmp_path: Path, way: str) -> None:
    """It comes from a file or the environment, and is neither on the command line nor printed."""
    key, file = "cg_mine_0123456789", tmp_path / "key.txt"
    file.write_text(f"{key}\n")
    file.chmod(0o600)
    options = ["--key-file", str(file)] if way == "file" else []
    env = {"CONTRACTGATE_SERVE_KEY": key} if way == "variable" else {}
    with served(*options, env=env) as server:
        reply = httpx.get(f"{server.url}/contracts", headers={"x-api-key": key})
        assert reply.status_code == 200
        assert key not in str(server.process.args)
        server.process.terminate()
        output, errors = server.process.communicate(timeout=10)
        assert key not in server.secret + output + errors
        assert errors == ""


def test_a_key_file_that_everybody_can_read_gets_a_word(tmp_path: Path) -> None:
    """It hides nothing, but the gateway still serves."""
    file = tmp_path / "key.txt"
    file.write_text("cg_mine_0123456789")
    file.chmod(0o644)
    with served("--key-file", str(file)) as server:
        server.process.terminate()
        _, errors = server.process.communicate(timeout=10)
        assert "warning: every user can read the key file" in errors
        assert "cg_mine" not in errors


@pytest.mark.parametrize("content", [b"", b"\n\n", b"cg_a cg_b", b"cg_" + bytes(9000)])
def test_a_file_that_holds_no_single_key_is_refused_unseen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    """An empty file does not mean that any key will do."""
    file = tmp_path / "key.txt"
    file.write_bytes(content)
    file.chmod(0o600)
    assert main(["serve", "--key-file", str(file)]) == 2
    told = capsys.readouterr().err
    assert "expected one key in the key file" in told
    assert "cg_" not in told


def test_a_key_file_that_is_not_there_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """So are a folder and an invalid name."""
    for path in (str(tmp_path / "none"), str(tmp_path), "a\0b"):
        assert main(["serve", "--key-file", path]) == 2
        assert "cannot read the key file" in capsys.readouterr().err


def test_a_key_in_the_environment_that_is_none_is_told_unseen(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The variable is named, and its value is not shown."""
    monkeypatch.setenv("CONTRACTGATE_SERVE_KEY", "secret-key")
    assert main(["serve"]) == 2
    told = capsys.readouterr().err
    assert "CONTRACTGATE_SERVE_KEY: a key begins with `cg_`" in told
    assert "secret-key" not in told


def test_two_keys_at_once_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """It would not be clear which one counts."""
    assert main(["serve", "--key", "cg_mine_0123456789", "--key-file", "key.txt"]) == 2
    assert "not allowed with argument" in capsys.readouterr().err


def test_without_keys_it_answers_to_its_own_names_only() -> None:
    """A page whose host name was made to resolve to this machine reads nothing."""
    with served("--no-auth", "--allow-host", "gateway.example") as server:
        for host, status in (
            ("evil.example", 403),
            ("gateway.example:3001", 200),
            ("localhost", 200),
        ):
            reply = httpx.get(f"{server.url}/contracts", headers={"host": host})
            assert reply.status_code == status
        foreign = {"origin": "https://evil.example", "content-type": "text/plain"}
        path = f"{server.url}/contracts/deploy"
        assert httpx.post(path, content=b"{}", headers=foreign).status_code == 403
        form = {"content-type": "application/x-www-form-urlencoded"}  # which is what curl sends
        assert httpx.post(path, content=b"{}", headers=form).status_code == 400


def test_with_keys_any_name_will_do() -> None:
    """A page cannot send the key."""
    with served() as server:
        headers = {"host": "evil.example", "x-api-key": server.secret}
        assert httpx.get(f"{server.url}/contracts", headers=headers).status_code == 200


@pytest.mark.parametrize("host", ["http://gateway", "gateway:80", ""])
def test_a_host_that_is_none_is_told(host: str, capsys: pytest.CaptureFixture[str]) -> None:
    """It would never match."""
    assert main(["serve", "--no-auth", f"--allow-host={host}"]) == 2
    assert "expected the name or address of a host without a port" in capsys.readouterr().err


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
        warning = "warning: anyone who reaches 0.0.0.0 can read and write everything without a key"
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


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("seed", range(6))
def test_it_ends_well_at_any_moment_after_its_first_line(number: signal.Signals, seed: int) -> None:
    """Above all right after it, before the server has begun to serve."""
    wait = random.Random(seed).uniform(0, 0.3) if seed else 0.0
    process = start()
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(wait)
    process.send_signal(number)
    _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (0, "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_well_before_it_has_said_a_word(tmp_path: Path, number: signal.Signals) -> None:
    """While it opens its database, and nothing is left half done."""
    database = tmp_path / "gate.db"
    process = start("--database", str(database))
    deadline = time.monotonic() + 20
    while not database.exists() and time.monotonic() < deadline:
        time.sleep(0.0005)
    process.send_signal(number)
    _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (0, "")
    assert [path.name for path in tmp_path.iterdir() if "wal" in path.name] == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_well_beside_a_client_that_stays(number: signal.Signals) -> None:
    """Neither an open connection nor a request under way prevents it."""
    with served() as server:
        address = httpx.URL(server.url)
        with socket.create_connection((str(address.host), address.port or 0)) as slow:
            slow.sendall(b"POST /contracts HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\n")
            assert httpx.get(f"{server.url}/health").status_code == 200
            server.process.send_signal(number)
            time.sleep(0.3)
            server.process.send_signal(number)  # whoever is impatient
            _, errors = server.process.communicate(timeout=20)
        assert (server.process.returncode, errors) == (0, "")


def test_running_it_leaves_the_process_as_it_was(capsys: pytest.CaptureFixture[str]) -> None:
    """Signal handlers, and the switch interval."""
    before = signal.getsignal(signal.SIGTERM), sys.getswitchinterval()
    assert main(["serve", "--key", "no key"]) == 2
    assert (signal.getsignal(signal.SIGTERM), sys.getswitchinterval()) == before
    assert capsys.readouterr().out == ""


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
    for host in ("a\0b", "a" * 70, "none.invalid"):
        assert main(["serve", "--host", host, "--port", "0"]) == 2
        assert f"cannot listen on {host} port 0: " in capsys.readouterr().err


@pytest.mark.parametrize("port", ["-1", "65536", "http", "²"])
def test_a_port_that_is_none_is_refused(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", f"--port={port}"]) == 2
    assert "expected a port from 0 to 65535" in capsys.readouterr().err


def test_without_uvicorn_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    assert main(["serve"]) == 2
    assert "pip install uvicorn" in capsys.readouterr().err


def test_the_help_of_the_command_line_names_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert re.search(r"serve +run a gateway on this machine", capsys.readouterr().out)


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x00\xff\xfe\r\n\r\n",
        b"GET\r\n\r\n",
        b"POST /v1/ingest/x HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
        b"POST /v1/ingest/x HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 5000 + b"\r\n",
    ],
    ids=lambda garbage: repr(garbage[:20]),
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


ORDERS = """\
version: "1.0"
name: orders
ontology:
  entities:
    - {name: id, type: string, pattern: "^o'[0-9]{3}$"}
    - {name: total, type: float, min: 2.5}
"""


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    """A file with a contract, with a space in its name."""
    file = tmp_path / "the orders.yaml"
    file.write_text(ORDERS, encoding="utf-8")
    return file


def rest_of(server: Served, lines: int) -> list[str]:
    """Read a server's output after its address and key."""
    assert server.process.stdout is not None
    return [server.process.stdout.readline().rstrip("\n") for _ in range(lines)]


def sent_by(line: str, env: dict[str, str]) -> httpx.Response:
    """Send what a command line with curl sends; the shell reads it, another program sends it."""
    shell = ["sh", "-c", f'curl() {{ printf "%s\\0" "$@"; }}; {line}']
    done = subprocess.run(shell, check=True, capture_output=True, env={**os.environ, **env})
    url, *options = done.stdout.decode().split("\0")[:-1]
    given = list(zip(options[::2], options[1::2]))
    headers = dict(value.split(": ", 1) for name, value in given if name == "-H")
    (body,) = [value for name, value in given if name == "-d"]
    return httpx.post(url, headers=headers, content=body)


@pytest.mark.parametrize("way", ["own", "key", "file", "variable", "nobody"])
def test_a_contract_is_in_use_from_the_beginning(way: str, orders: Path, tmp_path: Path) -> None:
    """Its id is printed, and a command that sends an event which passes."""
    key, file = "cg_it's$HOME`x`\"", tmp_path / "a key"
    file.write_text(f"{key}\n")
    file.chmod(0o600)
    options = {
        "key": ["--key", key],
        "file": ["--key-file", str(file)],
        "nobody": ["--no-auth"],
    }.get(way, [])
    env = {"CONTRACTGATE_SERVE_KEY": key} if way == "variable" else {}
    with served("--contract", str(orders), *options, env=env) as server:
        contract, line = rest_of(server, 2)
        found = re.fullmatch(r"contract +orders 1\.0  ([0-9a-f-]{36})", contract)
        assert found is not None
        assert line.startswith(f"try           curl {server.url}/v1/ingest/{found[1]} ")
        assert (key in line) is False
        reply = sent_by(line.partition("try ")[2].strip(), env)
        assert (reply.status_code, reply.json()["passed"]) == (200, 1)


def test_a_name_serves_for_the_id(
    orders: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For another command, which finds the gateway at its address."""
    events = tmp_path / "e.ndjson"
    events.write_text('{"id": "o\'123", "total": 3}\n')
    with served("--contract", str(orders)) as server:
        monkeypatch.setenv("CONTRACTGATE_API_KEY", server.secret)
        command = ["ingest", str(events), "--base-url", server.url, "--contract"]
        assert main([*command, "orders"]) == 0
        assert main([*command, "order"]) == 12
        monkeypatch.setenv("CONTRACTGATE_API_KEY", "cg_wrong")
        assert main([*command, "orders"]) == 11


def test_several_contracts_are_served(orders: Path, tmp_path: Path) -> None:
    """In the order of the options."""
    other = tmp_path / "other.yaml"
    other.write_text(ORDERS.replace("orders", "other"))
    with served("--contract", str(other), "--contract", str(orders)) as server:
        lines = rest_of(server, 4)
    assert [line.split()[1] for line in lines] == ["other", "orders", "curl", "curl"]


def test_what_is_in_use_already_is_left_as_it_is(
    orders: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """So that the same command can be run again; a new text needs a new version."""
    command = ("--database", str(tmp_path / "gate.db"), "--contract", str(orders))
    with served(*command) as server:
        first, line = rest_of(server, 2)
        sent_by(line.partition("try ")[2].strip().replace("2.5", "1"), {})  # waits in quarantine
    with served(*command) as server:
        assert rest_of(server, 1) == [first]
    orders.write_text(ORDERS.replace("2.5", "3"))
    assert main(["serve", *command]) == 2
    told = capsys.readouterr().err
    assert f"{orders}: the gateway has a version 1.0 of 'orders' that has other text" in told
    assert "give this one a new version" in told
    orders.write_text(ORDERS.replace("1.0", "1.1"))
    for _ in range(2):
        with served(*command) as server:
            assert rest_of(server, 1) == [first.replace("1.0", "1.1")]
    orders.write_text(ORDERS)
    assert main(["serve", *command]) == 2
    assert "or is out of use" in capsys.readouterr().err


def test_a_name_that_several_contracts_have_is_refused(
    orders: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As by `deploy(if_changed=True)`: nobody can know which of them is meant."""
    database = tmp_path / "gate.db"
    with (
        LocalGateway(database) as gateway,
        Client(gateway.url, api_key=gateway.api_key, transport=gateway.transport) as client,
    ):
        ids = [client.create_contract("orders", ORDERS).id for _ in range(2)]
    assert main(["serve", "--database", str(database), "--contract", str(orders)]) == 2
    told = capsys.readouterr().err
    assert f"{orders}: 2 contracts are named 'orders', and deploy would take any of them" in told
    assert all(one in told for one in ids)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("version: 1\nname: [", "the orders.yaml:"),
        (ORDERS.replace("[0-9]", "[0-9"), "the orders.yaml:5:41: Invalid regex "),
        (None, "the orders.yaml: No such file or directory"),
        (ORDERS, "the orders.yaml: another --contract is also named 'orders'"),
    ],
)
def test_a_contract_that_cannot_be_served_is_told(
    orders: Path, capsys: pytest.CaptureFixture[str], text: Optional[str], error: str
) -> None:
    """With its place, before anything listens."""
    if text is None:
        orders.unlink()
    else:
        orders.write_text(text)
    assert main(["serve", "--contract", str(orders), "--contract", str(orders)]) == 2
    captured = capsys.readouterr()
    assert error in captured.err
    assert captured.err.count("\n") == 1
    assert captured.out == ""


def test_a_contract_may_come_on_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As elsewhere, for a dash; there is only one standard input."""
    process = start("--contract", "-", stdin=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    with process:
        process.stdin.write(ORDERS)
        process.stdin.close()
        lines = [process.stdout.readline() for _ in range(3)]
        process.kill()
    assert lines[2].startswith("contract      orders 1.0  ")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    assert main(["serve", "--contract", "-"]) == 2
    assert "<stdin>" in capsys.readouterr().err


@pytest.mark.parametrize("options", [(), ("-v",), ("-v", "--no-auth")])
def test_requests_are_logged_where_that_is_asked_for(options: tuple[str, ...]) -> None:
    """On standard error: the request and the status, but no key."""
    with served(*options) as server:
        headers = {"x-api-key": "cg_wrong", "host": "evil.example"}
        httpx.get(f"{server.url}/contracts?a=b%1b", headers=headers)
        server.process.terminate()
        output, errors = server.process.communicate(timeout=10)
    status = "403 Forbidden" if "--no-auth" in options else "401 Unauthorized"
    line = rf'[\d :,-]+  127\.0\.0\.1:\d+  "GET /contracts\?a=b%1b HTTP/1\.1" {status}\n'
    assert re.fullmatch(line if options else "", errors)
    assert output == ""
