"""The two clients are one: same methods, same arguments, same documentation, same results."""

from __future__ import annotations

import inspect
import re
import typing
from pathlib import Path
from typing import Any

import pytest

from contractgate_http import AsyncClient, Client, endpoints
from contractgate_http.endpoints import (
    account,
    contracts,
    events,
    records,
    service,
    tools,
    versions,
)

# What is named otherwise because waiting is otherwise.
PAIRS = {"close": "aclose", "__enter__": "__aenter__", "__exit__": "__aexit__"}
ITERATING = {"ingest_many", "iter_audit", "iter_quarantine"}
MORE = {"deploy": {"if_changed"}}  # what takes more than one call
WAITLESS = {"with_options"}


def public(kind: type) -> dict[str, Any]:
    """Return the methods that users call."""
    return {
        name: value
        for name in dir(kind)
        if not name.startswith("_") or name in PAIRS or name in PAIRS.values()
        for value in [inspect.getattr_static(kind, name)]
        if inspect.isfunction(value)
    }


SYNC, ASYNC = public(Client), public(AsyncClient)
NAMES = sorted(SYNC)


def test_both_have_the_same_methods() -> None:
    """Except the ways to close them."""
    assert {PAIRS.get(name, name) for name in SYNC} == set(ASYNC)
    assert len(NAMES) > 50


@pytest.mark.parametrize("name", NAMES)
def test_a_method_is_the_same_in_both(name: str) -> None:
    """Arguments in their order, with their kinds, defaults and types; result; documentation."""
    one, other = SYNC[name], ASYNC[PAIRS.get(name, name)]
    left, right = inspect.signature(one), inspect.signature(other)
    assert [*left.parameters] == [*right.parameters]
    for parameter in left.parameters.values():
        same = right.parameters[parameter.name]
        assert (parameter.kind, parameter.default) == (same.kind, same.default)
        assert widened(str(parameter.annotation)) == widened(str(same.annotation))
    assert waitless(str(left.return_annotation)) == waitless(str(right.return_annotation))
    assert widened(one.__doc__ or "") == widened(other.__doc__ or "")
    assert bool(one.__doc__) or name.startswith("__")


def widened(text: str) -> str:
    """An async client also takes async iterables."""
    text = text.replace("Union[Iterable[Any], AsyncIterable[Any]]", "Iterable[Any]")
    return text.replace("an iterable or async iterable", "an iterable")


def waitless(text: str) -> str:
    """An async client's results are of the same types, once awaited."""
    return text.replace("Async", "").replace(", None, None]", ", None]")


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"__enter__", "__exit__"}))
def test_a_method_waits_in_the_one_and_is_awaited_in_the_other(name: str) -> None:
    """Unless it only begins an iteration, or only makes a copy."""
    assert not inspect.iscoroutinefunction(SYNC[name])
    waits = name not in ITERATING | WAITLESS
    assert inspect.iscoroutinefunction(ASYNC[PAIRS.get(name, name)]) is waits


def test_every_endpoint_is_a_method_of_both() -> None:
    """With the signature of the endpoint, and the value in place of the call."""
    modules = [account, contracts, events, records, service, tools, versions]
    names = {name for module in modules for name in module.__all__}
    names -= {"Playground", "PlaygroundViolation", "ingest_bytes"}
    assert names <= set(NAMES)
    for module in modules:
        for name in names & set(module.__all__):
            made = inspect.signature(getattr(module, name))
            for methods in (SYNC, ASYNC):
                method = inspect.signature(methods[name])
                parameters = [one for one in method.parameters if one not in MORE.get(name, ())]
                assert parameters == ["self", *made.parameters]
                assert f"Call[{method.return_annotation}]" == made.return_annotation


def test_a_bound_method_shows_its_arguments() -> None:
    """`help()` and editors see them without `self`."""
    client = Client("local:")
    try:
        signature = inspect.signature(client.get_version)
    finally:
        client.close()
    assert str(signature) == (
        "(contract_id: 'str', version: 'str', *, timeout: 'Optional[Timeout]' = None) "
        "-> 'VersionResponse'"
    )
    assert typing.cast("Any", client.get_version).__name__ == "get_version"


def test_the_endpoints_are_documented() -> None:
    """Each with its arguments, and its result if it has one."""
    assert endpoints.__doc__
    for name in NAMES:
        text = inspect.getdoc(SYNC[name])
        if text is None or name in {"close", "run"}:
            continue
        for parameter in list(inspect.signature(SYNC[name]).parameters)[1:]:
            assert f"{parameter}: " in text, (name, parameter)


def test_the_type_of_every_method_is_asserted() -> None:
    """In a file that type checkers read as a user's code."""
    text = (Path(__file__).parents[2] / "typing" / "public_api.py").read_text("utf-8")
    named = set(re.findall(r"cg\.(\w+)\(", text))
    assert set(NAMES) - {"close", "run", "__enter__", "__exit__"} <= named
