"""The pytest plugin, used by a project that knows nothing of us."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

DOCUMENT = Path(__file__).parents[2] / "docs" / "gateway.md"


def run(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_each_test_has_a_fresh_gateway(tmp_path: Path) -> None:
    (tmp_path / "test_shop.py").write_text(
        """
import httpx

def test_one(contractgate_gateway):
    contractgate_gateway.add_key("cg_0123456789")

def test_two(contractgate_gateway):
    assert not contractgate_gateway.has_key("cg_0123456789")
    with httpx.Client(transport=contractgate_gateway.transport) as client:
        assert client.get(contractgate_gateway.url + "/health").status_code == 200
"""
    )
    assert "2 passed" in run(tmp_path).stdout


def test_the_documented_example_is_complete(tmp_path: Path) -> None:
    examples = re.findall(r"```python\n(# test_orders\.py.*?)```", DOCUMENT.read_text(), re.DOTALL)
    assert len(examples) == 1
    (tmp_path / "test_orders.py").write_text(examples[0])
    # What the plugin of the lowest anyio does to the newest pytest is not ours.
    other = "ignore:_pytest.python.CallSpec2 has been renamed"
    done = run(tmp_path, "-W", "error", "-W", other)
    assert re.search(r"\d passed", done.stdout), done.stdout
    assert done.returncode == 0


def test_it_costs_nothing_where_it_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "test_nothing.py").write_text(
        """
import sys

def test_nothing_is_loaded():
    loaded = {"contractgate_http.pytest_plugin", "contractgate_http", "contractgate_http._version"}
    ours = {name for name in sys.modules if name.startswith("contractgate_http")}
    assert ours <= loaded
    assert not {"httpx", "sqlite3", "msgspec", "anyio"} & {*sys.modules}
"""
    )
    done = run(tmp_path, "-p", "no:anyio", "-p", "no:hypothesispytest", "-p", "no:xdist")
    assert "1 passed" in done.stdout, done.stdout


def test_the_fixture_is_told_of(tmp_path: Path) -> None:
    shown = run(tmp_path, "--fixtures").stdout
    assert "contractgate_gateway" in shown
    assert "A fresh ContractGate gateway in memory" in shown
