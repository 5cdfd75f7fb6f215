"""What is measured: each peer's fastest natural way through each task.

A peer is a class with methods named after the tasks it can do; the constructor prepares whatever
the peer needs and is not measured. A task returns one truth value an event, or None where the peer
reads without judging. Each peer is imported in a process, and mostly an environment, of its own.
"""

from __future__ import annotations

import contextlib
import datetime
import json
from collections.abc import Callable
from typing import Any, Optional

import workloads

# It needs this package, which the published SDK's environment has not.
with contextlib.suppress(ImportError):
    from schemas import has_dates, json_schema, pydantic_model

__all__ = ["PEERS", "TASKS", "Input", "tasks_of"]

Verdicts = Optional[list[bool]]

TASKS = {
    "lines": "NDJSON bytes to verdicts, every violation named",
    "text": "JSON texts to verdicts, one by one",
    "value": "Python objects to verdicts, one by one",
    "batch": "Python objects to verdicts, all at once",
}
"""The tasks and what they measure."""


class Input:
    """The events of one workload in every form that a peer may want."""

    def __init__(self, workload: str, count: int, bad: float) -> None:
        self.contract = workloads.contract(workload)
        self.values = workloads.events(workload, count, bad)
        self.lines = workloads.lines(self.values)
        self.body = b"".join(line + b"\n" for line in self.lines)
        self.now = workloads.NOW


class Ours:
    """This package."""

    def __init__(self, given: Input) -> None:
        from contractgate_core import Contract

        self._given = given
        self._compiled = Contract.from_yaml(given.contract).compile()

    def lines(self) -> Verdicts:
        verdicts = [True] * len(self._given.lines)
        for failed in self._compiled.scan(self._given.body, now=self._given.now):
            verdicts[failed.record - 1] = False
        return verdicts

    def text(self) -> Verdicts:
        judge, now = self._compiled.validate_json, self._given.now
        return [judge(line, now=now).passed for line in self._given.lines]

    def value(self) -> Verdicts:
        judge, now = self._compiled.validate, self._given.now
        return [judge(event, now=now).passed for event in self._given.values]

    def batch(self) -> Verdicts:
        results = self._compiled.validate_batch(self._given.values, now=self._given.now)
        return [result.passed for result in results]


class PublishedSdk:
    """`contractgate` 0.4.0 of the package index."""

    def __init__(self, given: Input) -> None:
        from contractgate import Contract

        self._given = given
        self._compiled = Contract.from_yaml(given.contract).compile()

    def lines(self) -> Verdicts:
        judge = self._compiled.validate
        return [judge(json.loads(line)).passed for line in self._given.lines]

    text = lines

    def value(self) -> Verdicts:
        judge = self._compiled.validate
        return [judge(event).passed for event in self._given.values]

    batch = value


class JsonschemaRs:
    """`jsonschema-rs` with an equivalent schema, on top of orjson; it names its errors."""

    def __init__(self, given: Input) -> None:
        import jsonschema_rs
        import orjson

        from contractgate_core import Contract

        schema = json_schema(Contract.from_yaml(given.contract), given.now)
        self._given, self._decode = given, orjson.loads
        self._validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)

    def _passes(self, event: Any) -> bool:
        return not list(self._validator.iter_errors(event))

    def lines(self) -> Verdicts:
        decode, passes = self._decode, self._passes
        return [passes(decode(line)) for line in self._given.lines]

    text = lines

    def value(self) -> Verdicts:
        passes = self._passes
        return [passes(event) for event in self._given.values]

    batch = value


class JsonschemaRsIsValid(JsonschemaRs):
    """The same, which says only whether an event passes."""

    def _passes(self, event: Any) -> bool:
        return bool(self._validator.is_valid(event))


class Fastjsonschema:
    """`fastjsonschema` with an equivalent schema, on top of orjson; it stops at the first error."""

    def __init__(self, given: Input) -> None:
        import fastjsonschema
        import orjson

        from contractgate_core import Contract

        schema = json_schema(Contract.from_yaml(given.contract), given.now)
        del schema["$schema"]
        self._given, self._decode = given, orjson.loads
        self._judge = fastjsonschema.compile(schema, formats={"date": _is_date})
        self._error = fastjsonschema.JsonSchemaValueException

    def _passes(self, event: Any) -> bool:
        try:
            self._judge(event)
        except self._error:
            return False
        return True

    def lines(self) -> Verdicts:
        decode, passes = self._decode, self._passes
        return [passes(decode(line)) for line in self._given.lines]

    text = lines

    def value(self) -> Verdicts:
        return [self._passes(event) for event in self._given.values]

    batch = value


def _is_date(text: str) -> bool:
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True


class Pydantic:
    """`pydantic` with an equivalent strict model; it names its errors."""

    def __init__(self, given: Input) -> None:
        import pydantic

        from contractgate_core import Contract

        contract = Contract.from_yaml(given.contract)
        model = pydantic_model(contract, given.now)
        self._given, self._error = given, pydantic.ValidationError
        self._read_text, self._read_value = model.model_validate_json, model.model_validate
        if has_dates(contract):  # a strict model takes dates from JSON texts only
            self.value = self.batch = None

    def _passes(self, read: Callable[[Any], object], event: Any) -> bool:
        try:
            read(event)
        except self._error:
            return False
        return True

    def lines(self) -> Verdicts:
        return [self._passes(self._read_text, line) for line in self._given.lines]

    text = lines

    def _values(self) -> Verdicts:
        return [self._passes(self._read_value, event) for event in self._given.values]

    value: Optional[Callable[[], Verdicts]] = _values  # type: ignore[assignment]  # bound when called
    batch: Optional[Callable[[], Verdicts]] = _values  # type: ignore[assignment]  # bound when called


class Orjson:
    """`orjson.loads` alone: a yardstick, not a judge."""

    def __init__(self, given: Input) -> None:
        import orjson

        self._given, self._decode = given, orjson.loads

    def lines(self) -> Verdicts:
        decode = self._decode
        for line in self._given.lines:
            decode(line)
        return None

    text = lines


class Msgspec(Orjson):
    """`msgspec.json.Decoder().decode` alone: a yardstick, not a judge."""

    def __init__(self, given: Input) -> None:
        import msgspec

        self._given, self._decode = given, msgspec.json.Decoder().decode


PEERS: dict[str, Callable[[Input], Any]] = {
    "ours": Ours,
    "before": Ours,
    "sdk": PublishedSdk,
    "jsonschema-rs": JsonschemaRs,
    "jsonschema-rs is_valid": JsonschemaRsIsValid,
    "fastjsonschema": Fastjsonschema,
    "pydantic": Pydantic,
    "orjson": Orjson,
    "msgspec": Msgspec,
}
"""Every peer by its name in the tables; the first one is what the others are compared with."""


def tasks_of(peer: object) -> dict[str, Callable[[], Verdicts]]:
    """Find what a peer can do."""
    able = {task: getattr(peer, task, None) for task in TASKS}
    return {task: function for task, function in able.items() if function is not None}
