"""The values that uniqueness rules compare, in events decoded as structs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Optional

from contractgate_core.engine.accept.interface import Getter
from contractgate_core.engine.accept.plan import FieldPlan, Plan
from contractgate_core.engine.accept.types import attribute

__all__ = ["unique_getters"]


def unique_getters(plan: Plan) -> Optional[Sequence[Getter]]:
    """Make a getter for each uniqueness rule; None if one cannot be made."""
    paths = plan.unique_paths
    return None if paths is None else [_getter(plan.root, path) for path in paths]


def _getter(root: FieldPlan, path: Sequence[str]) -> Getter:
    names: list[str] = []
    planned = root
    for key in path:
        members = planned.members or {}
        names.append(attribute(list(members).index(key)))
        planned = members[key]

    def get(row: Any) -> Any:
        for name in names:
            row = getattr(row, name)
            if row is None:
                return None
        return row

    return get
