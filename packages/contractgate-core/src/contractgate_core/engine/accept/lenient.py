"""Failing events decoded as structs, whatever their values are.

Their types say where values are, but hardly anything about what they must be: the function that
finds violations tests that. Structs are decoded in less time than dicts, and their attributes are
got faster. They hold approximate numbers (`accept.approximate`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Optional, Union

import msgspec

from contractgate_core.engine.accept.approximate import SHORT_KEY, any_value_type
from contractgate_core.engine.accept.finding import walks_elements, walks_members
from contractgate_core.engine.accept.interface import Row
from contractgate_core.engine.accept.observed import Observed
from contractgate_core.engine.accept.plan import FieldPlan, Inexpressible
from contractgate_core.engine.accept.shapes import Shape
from contractgate_core.engine.accept.types import attribute, is_plain_key, ordered_keys
from contractgate_core.engine.exact import Step, ValueStep

__all__ = ["LenientTypes"]

_LEVELS = 4
# To a type checker, types that are made at run time are values.
_LIST: Any = list
_DICT: Any = dict
_UNION: Any = Union
_SCALARS = any_value_type(0)
_ANY_INSIDE = any_value_type(_LEVELS - 1, SHORT_KEY)
_ANY = any_value_type(_LEVELS, SHORT_KEY)


class LenientTypes:
    """The types of one contract's events.

    Args:
        root: What the contract demands.
        steps: The exact checks of its fields, which are asked about dicts alone.
        observed: What events so far have shown.

    Attributes:
        decode: Decodes one event, or raises one of `REFUSALS`: so that nothing is skipped unread,
            it refuses keys that were not seen before.
        shapes: The places whose objects are structs.

    Raises:
        Inexpressible: A key cannot be the key of a struct.
    """

    def __init__(self, root: FieldPlan, steps: Sequence[Step], observed: Observed) -> None:
        self.shapes: dict[FieldPlan, Shape] = {}
        event = self._struct(root, steps, observed)
        self.decode: Callable[[bytes], Row] = msgspec.json.Decoder(event).decode

    def _struct(self, planned: FieldPlan, steps: Sequence[Step], observed: Observed) -> Any:
        if planned in self.shapes:
            return self.shapes[planned].kind
        members = planned.members or {}
        if not all(map(is_plain_key, members)):
            raise Inexpressible("a key that JSON writes with an escape")
        values = {step.name: step.value for step in steps}
        attributes = {key: attribute(index) for index, key in enumerate(members)}
        extra = [key for key in observed.keys if key not in members and is_plain_key(key)]
        undeclared = {key: f"x{index}" for index, key in enumerate(extra)}
        types = {
            key: self._value(member, values.get(key), observed.member(key))
            for key, member in members.items()
        }
        names = {**attributes, **undeclared}
        kind = msgspec.defstruct(
            "Event",
            [
                (names[key], types.get(key, _ANY), msgspec.UNSET)
                for key in ordered_keys(list(members), observed.keys)
                if key in names
            ],
            rename={name: key for key, name in names.items()},
            forbid_unknown_fields=True,
            kw_only=True,
            gc=False,
        )
        self.shapes[planned] = Shape(kind, attributes, undeclared)
        return kind

    def _value(self, planned: FieldPlan, step: Optional[ValueStep], observed: Observed) -> Any:
        """Make the type of any value at a place; step is None where only rules look."""
        elements, objects = _ANY_INSIDE, _DICT[SHORT_KEY, _ANY_INSIDE]
        if step is None:
            return _ANY
        if step.item is not None and planned.item is not None and walks_elements(planned, step):
            elements = self._value(planned.item, step.item(), observed.of_item())
        if step.inside is not None and walks_members(planned, step):
            objects = self._struct(planned, step.inside(), observed)
        return _UNION[_SCALARS, _LIST[elements], objects]
