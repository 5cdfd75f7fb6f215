"""Run the snippets beside the SDK of this environment, the published one or ours, in one process.

    python run_snippets.py BASE_URL API_KEY NAME

Contracts are deployed under NAME. What each snippet returned or raised is written as one JSON
object, with the public names of the SDK.
"""

from __future__ import annotations

import contextlib
import dataclasses
import enum
import inspect
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import httpx

sys.path.insert(0, str(Path(__file__).parent))

import snippets  # type: ignore[import-not-found]  # beside this file


class Gateway(NamedTuple):
    """The gateway and the contracts on it.

    Attributes:
        url: Where it is.
        key: The key.
        name: The name of the contract with two versions, of which the first is deprecated.
        contract_id: Its id.
        draft_id: The id of a contract without a stable version.
    """

    url: str
    key: str
    name: str
    contract_id: str
    draft_id: str


def prepare(url: str, key: str, name: str) -> Gateway:
    """Deploy the contracts, with httpx, since the published SDK cannot."""
    with httpx.Client(base_url=url, headers={"x-api-key": key}) as client:

        def post(path: str, yaml: str, **body: str) -> Any:
            reply = client.post(path, json={"name": name, "yaml_content": yaml, **body})
            return reply.raise_for_status().json()

        deployed = [
            post("/contracts/deploy", snippets.YAML.replace('"1.0"', f'"{version}"'))
            for version in ("1.0", "2.0")
        ]
        draft = post("/contracts", snippets.YAML, name=f"{name}-draft")
    return Gateway(url, key, name, deployed[-1]["contract_id"], draft["id"])


def plain(value: Any) -> Any:
    """Write a value so that JSON tells it from others, lists from tuples among them."""
    if isinstance(value, enum.Enum):
        return plain(value.value)
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, tuple):
        return {"tuple": [plain(one) for one in value]}
    if isinstance(value, Mapping):
        return {plain(key): plain(one) for key, one in value.items()}
    if dataclasses.is_dataclass(value):
        return {type(value).__name__: plain(vars(value))}
    raise TypeError(f"a snippet gave {type(value).__name__}, which is not compared")


def outcome(snippet: Any, gateway: Gateway, client: Any) -> dict[str, Any]:
    """Run one snippet; an error that leaves it is what comes out."""
    given = {"gw": gateway, "cg": client}
    try:
        value = snippet(*(given[name] for name in inspect.signature(snippet).parameters))
        return {"returned": plain(value)}
    except Exception as error:
        return {"raised": type(error).__name__}


def public_names() -> list[str]:
    """Name what is public in the modules of the SDK, and in the classes there."""
    names = set()
    for module in filter(_is_public, sys.modules):
        for name, value in vars(sys.modules[module]).items():
            is_own = _is_public(getattr(value, "__module__", None) or "")
            if is_own and not name.startswith("_"):
                names |= {name, *(vars(value) if inspect.isclass(value) else ())}
                names |= set(getattr(value, "__dataclass_fields__", ()))
    return sorted(name for name in names if not name.startswith("_"))


def _is_public(module: str) -> bool:
    package, _, rest = module.partition(".")
    return package == "contractgate" and not rest.startswith("_")


def main(url: str, key: str, name: str) -> None:
    """Run all."""
    gateway = prepare(url, key, name)
    with contextlib.closing(snippets.Client(base_url=url, api_key=key)) as client:
        outcomes = {
            name: outcome(snippet, gateway, client) for name, snippet in snippets.SNIPPETS.items()
        }
    json.dump({"outcomes": outcomes, "names": public_names()}, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
