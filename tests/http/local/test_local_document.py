"""The examples of docs/gateway.md, run as they stand there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

import pytest

from contractgate_http.local import FaultKind, LocalGateway
from gateway_tools import Session

DOCUMENT = (Path(__file__).parents[3] / "docs" / "gateway.md").read_text(encoding="utf-8")
EXAMPLES: list[str] = re.findall(r"```python\n(.*?)```", DOCUMENT, re.DOTALL)


def test_the_first_example_is_complete() -> None:
    exec(EXAMPLES[0], {})


def test_a_copy_is_made_as_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    exec(EXAMPLES[1], {})
    assert (tmp_path / "gate-copy.db").exists()


def test_accounts_are_added_as_told(gateway: LocalGateway, client: Session) -> None:
    names: dict[str, Any] = {"gateway": gateway, "contract_id": client.deploy()}
    exec(EXAMPLES[2], names)
    assert all(gateway.has_key(names[name]) for name in ("key", "slow", "narrow"))


@pytest.mark.parametrize("kind", get_args(FaultKind))
def test_every_fault_is_told_of(kind: str) -> None:
    assert f"| `{kind}` |" in DOCUMENT
