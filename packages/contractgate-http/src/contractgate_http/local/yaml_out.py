"""Writes plain values as block YAML, in the gateway's layout."""

from __future__ import annotations

import json
import re
from typing import Any

__all__ = ["write_yaml"]

_PLAIN = re.compile(r"[A-Za-z_](?:[A-Za-z0-9_./+@ -]*[A-Za-z0-9_./+@-])?")
_ONE_LINE = re.compile(r"[ -~\xa1-\ud7ff\ue000-\ufefe\uff00-\ufffd]+")
_WORDS = frozenset({"null", "true", "false"})


def write_yaml(value: Any) -> str:
    """Write a JSON value so that reading it back gives an equal one.

    >>> print(write_yaml({"version": "1.0", "tags": ["a", {"b": None}], "none": []}), end="")
    version: '1.0'
    tags:
    - a
    - b: null
    none: []
    """
    return "".join(f"{line}\n" for line in _lines(value))


def _lines(value: Any) -> list[str]:
    if type(value) is dict and value:
        return [line for key, item in value.items() for line in _entry(_scalar(key), item)]
    if type(value) is list and value:
        return [line for item in value for line in _item(item)]
    return [_scalar(value)]


def _entry(key: str, value: Any) -> list[str]:
    if type(value) is dict and value:
        return [f"{key}:", *(f"  {line}" for line in _lines(value))]
    if type(value) is list and value:
        return [f"{key}:", *_lines(value)]
    return [f"{key}: {_scalar(value)}"]


def _item(value: Any) -> list[str]:
    first, *rest = _lines(value)
    return [f"- {first}", *(f"  {line}" for line in rest)]


def _scalar(value: Any) -> str:
    if type(value) is not str:
        return json.dumps(value)
    if _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    if _ONE_LINE.fullmatch(value):
        return "'" + value.replace("'", "''") + "'"
    return json.dumps(value)
