"""A fresh gateway for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from contractgate_http.local import LocalGateway
from gateway_tools import Session, session


@pytest.fixture
def gateway() -> Iterator[LocalGateway]:
    with LocalGateway() as opened:
        yield opened


@pytest.fixture
def client(gateway: LocalGateway) -> Iterator[Session]:
    with session(gateway) as opened:
        yield opened
