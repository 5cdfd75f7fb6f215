"""What remains to be tested of events decoded as structs, place by place."""

from __future__ import annotations

from collections.abc import Sequence
from operator import is_
from typing import NamedTuple, Optional

from contractgate_core.engine.accept.facts import Fact, struct_facts
from contractgate_core.engine.accept.observed import Observed
from contractgate_core.engine.accept.plan import FieldPlan
from contractgate_core.engine.accept.types import attribute

__all__ = ["StructPlan", "for_plain_texts", "struct_plan"]


class StructPlan(NamedTuple):
    """The tests of one place.

    Attributes:
        name: The attribute of the struct; empty for a whole event and for elements.
        may_be_none: Whether the value may be absent or null, which needs no test.
        facts: What must be tested of the value.
        members: The tests of the value's attributes, if it is a struct.
        item: The tests of each element, if the value is a list and the contract says something
            about its elements.
    """

    name: str
    may_be_none: bool
    facts: Sequence[Fact]
    members: Sequence[StructPlan]
    item: Optional[StructPlan]


def struct_plan(planned: FieldPlan, observed: Observed, name: str = "") -> StructPlan:
    """List the tests of an event, or of a part of it.

    Args:
        planned: The plan of the place.
        observed: What events so far have shown of it.
        name: The attribute of the struct, if the place is a member of one.
    """
    members: list[StructPlan] = []
    item: Optional[StructPlan] = None
    if not planned.is_raw:
        members = [
            struct_plan(member, observed.member(key), attribute(index))
            for index, (key, member) in enumerate((planned.members or {}).items())
        ]
        if planned.item is not None:
            item = struct_plan(planned.item, observed.of_item())
    may_be_none = planned.nullable or (bool(name) and not planned.required)
    return StructPlan(name, may_be_none, struct_facts(planned, observed), members, item)


def for_plain_texts(place: StructPlan) -> StructPlan:
    """Leave out the tests that plain texts do not need; a place without such is returned itself."""
    facts = [fact for fact in place.facts if not fact.is_for_rich_texts]
    members = [*map(for_plain_texts, place.members)]
    item = None if place.item is None else for_plain_texts(place.item)
    is_same = len(facts) == len(place.facts) and item is place.item
    if is_same and all(map(is_, members, place.members)):
        return place
    return place._replace(facts=facts, members=members, item=item)
