"""`local:FILE`: one gateway for all clients of a process, closed with the last of them."""

from __future__ import annotations

import gc
import os
import threading
from pathlib import Path

import pytest

from contractgate_http import AsyncClient, Client
from contractgate_http.local import DatabaseError, LocalGateway
from gateway_tools import CONTRACT
from processes import forked


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder / "gate.db"


def names(client: Client) -> list[str]:
    """List the names of the contracts."""
    return [contract.name for contract in client.list_contracts()]


@pytest.mark.parametrize("is_there", [False, True], ids=["new", "old"])
@pytest.mark.parametrize(
    "way", ["same", "relative", "spelling", "beyond ASCII", "link", "hard link", "folder"]
)
def test_clients_of_one_file_share_a_gateway(path: Path, way: str, is_there: bool) -> None:
    """Whatever path they use."""
    other = {
        "same": str(path),
        "relative": "gate.db",
        "spelling": f"../{path.parent.name}/./gate.db",
        "beyond ASCII": "gäte.db",
        "link": "link.db",
        "hard link": "hard.db",
        "folder": "folder/gate.db",
    }[way]
    if is_there:
        LocalGateway(path).close()
    with Client(f"local:{path}") as first:
        if way in ("link", "beyond ASCII"):
            Path(other).symlink_to(path)
        elif way == "hard link":
            os.link(path, other)
        elif way == "folder":
            Path("folder").symlink_to(path.parent)
        with Client(f"local:{other}") as second:
            second.deploy("orders", CONTRACT)
            assert names(first) == ["orders"]
        assert names(first) == ["orders"]
        with pytest.raises(DatabaseError):
            LocalGateway(path)
    LocalGateway(path).close()


def test_hard_links_that_were_there_before_lead_to_one_gateway(path: Path) -> None:
    """It makes no difference which comes first."""
    LocalGateway(path).close()
    os.link(path, "a.db")
    os.link(path, "z.db")
    with Client("local:gate.db") as first, Client("local:z.db"), Client("local:a.db") as last:
        last.deploy("orders", CONTRACT)
        assert names(first) == ["orders"]


def test_the_gateway_is_closed_with_the_last_client(path: Path) -> None:
    """And opened again for the next."""
    for _ in range(2):
        with Client("local:gate.db"):
            Client("local:gate.db").close()
            with pytest.raises(DatabaseError, match="in use"):
                LocalGateway(path)
        LocalGateway(path).close()


def test_clients_that_nobody_closed_let_the_file_go(path: Path) -> None:
    """Of both kinds."""
    clients = [Client("local:gate.db"), AsyncClient("local:gate.db")]
    del clients
    gc.collect()
    LocalGateway(path).close()


def test_closing_twice_takes_nothing_from_others(path: Path) -> None:
    """A client releases only its own share."""
    with Client("local:gate.db") as first:
        second = Client("local:gate.db")
        second.close()
        second.close()
        assert names(first) == []


def test_what_cannot_be_opened_is_not_kept(path: Path) -> None:
    """Each client tries again."""
    gateway = LocalGateway(path)
    for _ in range(2):
        with pytest.raises(DatabaseError, match="in use by another gateway"):
            Client("local:gate.db")
    gateway.close()
    Client("local:gate.db").close()


def test_a_path_that_no_file_can_have_is_refused() -> None:
    """By the gateway's own error."""
    with pytest.raises(DatabaseError, match="expected the path of a file"):
        Client("local:a\0b")


def test_threads_may_open_and_close_at_once(path: Path) -> None:
    """The file is in use as long as any of them has a client, and then free."""
    errors: list[BaseException] = []

    def turn() -> None:
        try:
            for _ in range(30):
                with Client("local:gate.db") as client:
                    client.health()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=turn) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    LocalGateway(path).close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_child_does_not_share_its_parents_gateway(path: Path) -> None:
    """It is refused while its parent has the file, and can open another file."""
    with Client("local:gate.db") as client:
        assert "in use by another gateway" in forked(lambda: Client("local:gate.db"))
        assert forked(lambda: names(Client("local:other.db"))) == "[]"
        assert names(client) == []
    assert forked(lambda: names(Client("local:gate.db"))) == "[]"
