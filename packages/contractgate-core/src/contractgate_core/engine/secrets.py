"""Which values of an event are personal: those of fields that carry a transform.

A violation's message is the gateway's and holds the value. What we show of it must not, so the
engine asks here once, when a contract is compiled. In doubt the answer is yes: a value is also
secret if it contains, or is part of, the value of a field that carries a transform.
"""

from __future__ import annotations

from collections.abc import Sequence

from contractgate_core.contract.parts import FieldDefinition

__all__ = ["Secrets"]


class Secrets:
    """Answers for one contract; caches each field, since aliases may share fields widely."""

    def __init__(self, entities: Sequence[FieldDefinition]) -> None:
        self._entities = entities
        self._known: dict[int, bool] = {}
        self._indexes: dict[int, dict[str, list[FieldDefinition]]] = {}

    def marks(self, field: FieldDefinition) -> bool:
        """Return whether the field or anything below it carries a transform."""
        answer = self._known.get(id(field))
        if answer is None:
            below = (*(field.properties or ()), *([field.items] if field.items else ()))
            answer = field.transform is not None or any(self.marks(child) for child in below)
            self._known[id(field)] = answer
        return answer

    def marked_twins(self, fields: Sequence[FieldDefinition]) -> frozenset[str]:
        """Return the names that a list declares more than once, at least once with a transform."""
        return frozenset(
            name
            for name, twins in self._by_name(fields).items()
            if len(twins) > 1 and any(map(self.marks, twins))
        )

    def cover(self, path: Sequence[str]) -> bool:
        """Return whether the value that a metric or a quality rule reads may be secret."""
        lists = [self._entities]
        for name in path[:-1]:
            at = self._named(lists, name)
            if any(field.transform is not None for field in at):
                return True
            lists = [field.properties for field in at if field.properties is not None]
        return any(map(self.marks, self._named(lists, path[-1])))

    def _named(
        self, lists: Sequence[Sequence[FieldDefinition]], name: str
    ) -> list[FieldDefinition]:
        return [field for fields in lists for field in self._by_name(fields).get(name, ())]

    def _by_name(self, fields: Sequence[FieldDefinition]) -> dict[str, list[FieldDefinition]]:
        if id(fields) not in self._indexes:
            index: dict[str, list[FieldDefinition]] = {}
            for field in fields:
                index.setdefault(field.name, []).append(field)
            self._indexes[id(fields)] = index
        return self._indexes[id(fields)]
