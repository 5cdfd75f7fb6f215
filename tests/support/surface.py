"""The public names of all three distributions, with their signatures, one line each.

    python tests/support/surface.py

writes them anew to `tests/meta/public_surface.txt`, with which `tests/meta/test_public_surface.py`
compares them. Look at the difference before you commit it: a line that changes or goes is a promise
that is broken.
"""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

__all__ = ["SNAPSHOT", "surface"]

SNAPSHOT = Path(__file__).parents[1] / "meta" / "public_surface.txt"

# A name is written out where it comes first; later ones refer to that.
_MODULES = (
    "contractgate_core",
    "contractgate_core.models",
    "contractgate_core.events.encode",
    "contractgate_core.regex",
    "contractgate_http",
    "contractgate",
    "contractgate.async_client",
    "contractgate.client",
    "contractgate.contract",
    "contractgate.exceptions",
    "contractgate.llm",
    "contractgate.models",
    "contractgate.validator",
)
_PROTOCOLS = frozenset(
    f"__{name}__"
    for name in [
        "enter",
        "exit",
        "aenter",
        "aexit",
        "iter",
        "next",
        "aiter",
        "anext",
        "len",
        "bool",
        "call",
        "contains",
        "getitem",
        "eq",
        "hash",
    ]
)
_ADDRESS = re.compile(r" at 0x[0-9a-f]+")


def surface() -> list[str]:
    """List every public name."""
    modules = [importlib.import_module(name) for name in _MODULES]
    named = [
        (f"{one.__name__}.{name}", getattr(one, name)) for one in modules for name in one.__all__
    ]
    public = {id(value) for _, value in named}
    lines: list[str] = []
    written: dict[int, str] = {}
    for name, value in named:
        lines += _lines(name, value, written, public)
    return lines


def _lines(name: str, value: Any, written: dict[int, str], public: set[int]) -> Iterator[str]:
    is_documented = inspect.isclass(value) or inspect.isroutine(value)
    if is_documented and id(value) in written:
        yield f"{name} is {written[id(value)]}"
        return
    written[id(value)] = name
    if inspect.isclass(value):
        yield from _class(name, value, public)
    elif inspect.isroutine(value):
        yield f"{name}{_signature(value)}"
    elif name.endswith("__version__"):
        yield f"{name}: str"
    else:
        yield f"{name} = {_text(value)}"


def _class(name: str, kind: type[Any], public: set[int]) -> Iterator[str]:
    ours = [one for one in kind.__mro__ if one.__module__.split(".")[0].startswith("contractgate")]
    bases = [one for one in kind.__mro__[1:] if id(one) in public or one.__name__ in _TELLING]
    of = ", ".join(one.__name__ for one in bases)
    if issubclass(kind, Enum):
        yield f"class {name} of {of}"
        yield from (f"{name}.{one.name} = {one.value!r}" for one in kind)
    else:
        yield f"class {name}{_signature(kind)} of {of or 'object'}"
    owners: dict[str, type[Any]] = {}
    for one in reversed(ours):
        owners.update(dict.fromkeys({*vars(one), *vars(one).get("__annotations__", {})}, one))
    for attribute, owner in sorted(owners.items()):
        if not attribute.startswith("_") or attribute in _PROTOCOLS:
            yield from _member(f"{name}.{attribute}", owner, attribute)


_TELLING = frozenset({"Struct", "Enum", "str", "Exception", "ValueError", "Iterator", "Mapping"})


def _member(name: str, kind: type[Any], attribute: str) -> Iterator[str]:
    value = inspect.getattr_static(kind, attribute, None)
    if isinstance(value, Enum) or (value is None and attribute in _PROTOCOLS):
        return
    if isinstance(value, (classmethod, staticmethod)):
        yield f"{type(value).__name__} {name}{_signature(value.__func__)}"
    elif isinstance(value, property):
        yield f"property {name}{_signature(value.fget).partition(')')[2]}"
    elif inspect.isfunction(value):
        yield f"{name}{_signature(value)}"
    elif attribute in vars(kind).get("__annotations__", {}):
        yield f"{name}: {_written(vars(kind)['__annotations__'][attribute])}"
    elif not hasattr(value, "__get__"):
        yield f"{name} = {_text(value)}"


def _signature(value: Any) -> str:
    try:
        found = inspect.signature(value)
    except (TypeError, ValueError):
        return "(?)"
    annotations = _annotations(value)
    parameters = [
        one.replace(
            annotation=_annotation(one.annotation, annotations.get(one.name)),
            default=one.empty if one.default is one.empty else _Text(_text(one.default)),
        )
        for one in found.parameters.values()
    ]
    result = _annotation(found.return_annotation, annotations.get("return"))
    return str(found.replace(parameters=parameters, return_annotation=result))


def _annotations(value: Any) -> dict[str, Any]:
    """Give the annotations as they are written."""
    if not inspect.isclass(value):
        return dict(getattr(value, "__annotations__", {}))
    found: dict[str, Any] = {}
    for one in reversed(value.__mro__):
        found.update(vars(one).get("__annotations__", {}))
    return found


def _annotation(found: Any, source: Any) -> Any:
    """Give an annotation as it is written; `found` is what became of it."""
    if found is inspect.Parameter.empty:
        return found
    return _Text(_written(found if source is None or isinstance(found, str) else source))


def _written(annotation: Any) -> str:
    if isinstance(annotation, str):
        return annotation
    name = getattr(annotation, "__forward_arg__", None) or getattr(annotation, "__name__", None)
    return str(name or annotation)


def _text(value: object) -> str:
    if isinstance(value, Enum):
        return f"{type(value).__name__}.{value.name}"
    return _ADDRESS.sub("", repr(value))


class _Text(str):
    """Is written as it is."""

    def __repr__(self) -> str:
        return str(self)


def main() -> None:
    """Write the snapshot anew."""
    SNAPSHOT.write_text("".join(f"{line}\n" for line in surface()), encoding="utf-8")


if __name__ == "__main__":
    main()
