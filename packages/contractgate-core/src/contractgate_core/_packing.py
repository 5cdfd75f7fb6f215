"""The contents of an exception in a form that can always be pickled and copied.

Nothing here recurses, since the body of an answer may nest too deeply for `pickle` and `copy`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

__all__ = ["Packed", "as_it_is", "pack", "picklable", "unpack"]

_SCALARS = frozenset({type(None), bool, int, float, str, bytes})


class _Place(NamedTuple):
    """Stands for a list or dict; the number is its index in the packed list."""

    place: int


Packed = list[Any]
"""Lists and dicts, the outermost first; none holds another directly."""


def pack(outermost: dict[str, Any], leaf: Callable[[Any], Any]) -> Packed:
    """Flatten nested lists and dicts into one list.

    Args:
        outermost: The dict that holds the others.
        leaf: Turns every key, and every value that is no list or dict, into what is stored for it.
    """
    found: Packed = [outermost]
    places = {id(outermost): 0}

    def written(value: Any) -> Any:
        if type(value) not in (list, dict):
            value = leaf(value)
        if type(value) not in (list, dict):
            return value
        if id(value) not in places:
            places[id(value)] = len(found)
            found.append(value)
        return _Place(places[id(value)])

    packed: Packed = []
    for container in found:  # it grows meanwhile
        if type(container) is dict:
            packed.append({leaf(key): written(value) for key, value in container.items()})
        else:
            packed.append(list(map(written, container)))
    return packed


def unpack(packed: Packed) -> Any:
    """Rebuild what was packed."""
    made: list[Any] = [type(flat)() for flat in packed]

    def read(value: Any) -> Any:
        return made[value.place] if type(value) is _Place else value

    for container, flat in zip(made, packed):
        if type(flat) is dict:
            container.update({key: read(value) for key, value in flat.items()})
        else:
            container.extend(map(read, flat))
    return made[0]


def as_it_is(value: Any) -> Any:
    """Return the value itself."""
    return value


def picklable(value: Any) -> Any:
    """Return a value if it can be pickled, else its parts, else a text in its place."""
    if type(value) in _SCALARS:
        return value
    import pickle  # few programs do

    try:
        pickle.dumps(value)
    except Exception:  # whatever a foreign object may raise
        return _parts(value)
    return value


def _parts(value: Any) -> Any:
    with suppress(Exception):  # as above
        if type(value) is tuple:
            return tuple(map(picklable, value))
        if isinstance(value, Mapping):
            return dict(value.items())
    return f"<{type(value).__name__} that cannot be pickled>"
