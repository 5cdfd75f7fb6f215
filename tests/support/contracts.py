"""Short ways to write contracts in tests."""

from __future__ import annotations

import json
from typing import Any

from contractgate_core import Contract
from contractgate_core.engine.compiled import CompiledContract

__all__ = ["compiled", "contract"]


def contract(*entities: dict[str, Any], **keys: Any) -> Contract:
    """Make a contract of fields, which are strings unless they say otherwise, and further keys."""
    fields = [{"type": "string", **entity} for entity in entities]
    whole = {"version": "1", "name": "c", "ontology": {"entities": fields}, **keys}
    return Contract.from_yaml(json.dumps(whole))


def compiled(*entities: dict[str, Any], **keys: Any) -> CompiledContract:
    """Make a contract as `contract` does, and compile it."""
    return contract(*entities, **keys).compile()
