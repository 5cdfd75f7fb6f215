"""Replays recorded conversations with a real gateway against anything that answers requests.

The recordings are `tests/conformance/recordings/http.jsonl.gz`: scenarios of steps, each a request
and the reply that the real gateway gave. What it made up, such as ids and times, stands there as a
placeholder `{{name}}`; one with a number is bound where it is seen first and must be equal
ever after within its scenario. JSON is compared by structure and type: `1` is not `1.0`.
"""

from __future__ import annotations

import base64
import datetime as dt
import gzip
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, Optional

RECORDINGS = Path(__file__).parent.parent / "conformance" / "recordings" / "http.jsonl.gz"

NOT_JSON = object()
"""Stands for a text that is no JSON."""

Scenario = dict[str, Any]
"""One recorded conversation: `id`, `about`, `auth` and `steps`."""


class Request(NamedTuple):
    """A recorded request, ready to be sent; `path` is percent-encoded."""

    method: str
    path: str
    query: str
    headers: list[tuple[str, bytes]]
    body: Optional[bytes]


class Response(NamedTuple):
    """What came back; names of headers in any case."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class Difference(NamedTuple):
    """A place where a reply is not the recorded one."""

    scenario: str
    step: int
    where: str
    expected: object
    actual: object

    def __str__(self) -> str:
        expected, actual = str(self.expected)[:500], str(self.actual)[:500]
        place = f"{self.scenario}, step {self.step}, {self.where}"
        return f"{place}:\n  expected {expected}\n  actual   {actual}"


Send = Callable[[Request], Response]

_PLACEHOLDER = re.compile(r"\{\{([A-Za-z]+)(?::([^{}:]*))?(?::([^{}]*))?\}\}")
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_BOUND = {"uuid": _UUID, "hash": r"hmac-sha256:[0-9a-f]{64}"}
_FREE = {
    "time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z",
    "reason": r"(?s:.+)",
    "n": r"\d+",
    "ms": r"\d+",
    "us": r"\d+",
}
_NUMBERS: dict[str, tuple[type, ...]] = {
    "{{us}}": (int, float),
    "{{n}}": (int,),
    "{{ms}}": (int,),
}


def scenarios() -> list[Scenario]:
    """Read every recorded conversation."""
    with gzip.open(RECORDINGS, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


class Bindings:
    """What the numbered placeholders of one scenario stand for, so far."""

    def __init__(self, keys: dict[str, str], *, month: Optional[str] = None) -> None:
        self._keys = keys
        self._month = month or dt.datetime.now(dt.timezone.utc).strftime("%Y-%m")
        self._values: dict[str, str] = {}

    def copy(self) -> Bindings:
        """Make an independent copy, to try a match that may be given up."""
        other = Bindings(self._keys, month=self._month)
        other._values = dict(self._values)
        return other

    def fill(self, text: str) -> str:
        """Put what the placeholders of a request stand for into it."""
        return _PLACEHOLDER.sub(lambda found: self._stands_for(found[1], found[2]), text)

    def _stands_for(self, kind: str, number: Optional[str]) -> str:
        if kind == "key":
            return self._keys[number or "full"]
        value = self._values[f"{'uuid' if kind.lower().startswith('uuid') else kind}:{number}"]
        if kind == "uuidhex":
            return value.replace("-", "")
        return value.upper() if kind == "UUID" else value

    def match(self, expected: str, actual: str) -> bool:
        """Compare a text with one that may hold placeholders, and bind those that are new."""
        expression, new = self._expression(expected)
        found = re.fullmatch(expression, actual)
        if found is None:
            return False
        taken = {value for name, value in self._values.items() if name.startswith("uuid")}
        for group, (name, shape) in enumerate(new, 1):
            value = found[group]
            if shape is not None and _shape(value) != shape:
                return False
            if name.startswith("uuid") and value in taken:
                return False  # two placeholders never stand for one id
            taken.add(value)
            self._values[name] = value
        return True

    def _expression(self, expected: str) -> tuple[str, list[tuple[str, Optional[str]]]]:
        """Turn an expected text into a regular expression, and name the groups it binds."""
        parts: list[str] = []
        new: list[tuple[str, Optional[str]]] = []
        end = 0
        for found in _PLACEHOLDER.finditer(expected):
            parts.append(re.escape(expected[end : found.start()]))
            parts.append(self._part(found, new))
            end = found.end()
        return "".join(parts) + re.escape(expected[end:]), new

    def _part(self, found: re.Match[str], new: list[tuple[str, Optional[str]]]) -> str:
        kind, number, shape = found.groups()
        if kind in _FREE:
            return _FREE[kind]
        if kind == "period":
            return re.escape(self._month)
        if kind == "month":
            return re.escape(f"{self._month}-01T00:00:00Z")
        if kind == "key":
            return re.escape(self._stands_for(kind, number))
        name = f"{kind}:{number}"
        if name in self._values:
            return re.escape(self._values[name])
        earlier = [group for group, (known, _) in enumerate(new, 1) if known == name]
        if earlier:
            return rf"(?:\{earlier[0]})"
        new.append((name, shape))
        return f"({_BOUND.get(kind, '(?s:.*)')})"


def _shape(text: str) -> str:
    return re.sub("[A-Z]", "A", re.sub("[a-z]", "a", re.sub("[0-9]", "9", text)))


def replay(
    scenario: Scenario,
    send: Send,
    keys: dict[str, str],
    *,
    leave_out: frozenset[int] = frozenset(),
) -> list[Difference]:
    """Send every request of a scenario, in order, and compare the replies.

    Args:
        scenario: One of `scenarios()`.
        send: Answers one request.
        keys: The API keys of the set-up, by their names in the recording.
        leave_out: Steps, from 0, that are not sent.

    Returns:
        Every difference of the first step that has one; later ones would be consequences.
    """
    bindings = Bindings(keys)
    for number, step in enumerate(scenario["steps"]):
        if number in leave_out:
            continue
        response = send(build(step["request"], bindings))
        found = list(compare(step, response, bindings))
        if found:
            return [Difference(scenario["id"], number, *difference) for difference in found]
    return []


def build(recorded: dict[str, Any], bindings: Bindings) -> Request:
    """Make the request of a step."""
    headers = [(name, bindings.fill(value).encode()) for name, value in recorded["headers"].items()]
    path, query = bindings.fill(recorded["path"]), bindings.fill(recorded["query"])
    return Request(recorded["method"], path, query, headers, _body(recorded, bindings))


def _body(recorded: dict[str, Any], bindings: Bindings) -> Optional[bytes]:
    if "body_base64" in recorded:
        return base64.b64decode(recorded["body_base64"])
    if "body_repeat" in recorded:
        rule = recorded["body_repeat"]
        units = [rule["unit"]] * rule["count"]
        if "{i}" in rule["unit"]:
            units = [unit.replace("{i}", str(index)) for index, unit in enumerate(units)]
        text: str = rule["head"] + rule["sep"].join(units) + rule["tail"]
        return text.encode()
    if recorded["body_text"] is None:
        return None
    return bindings.fill(recorded["body_text"]).encode()


Found = tuple[str, object, object]
"""Where a reply differs, what was expected there and what came."""


def compare(step: dict[str, Any], response: Response, bindings: Bindings) -> Iterator[Found]:
    """Say where a reply differs from the recorded one."""
    recorded = step["response"]
    if response.status != recorded["status"]:
        yield "status", recorded["status"], f"{response.status} {response.body[:300]!r}"
        return
    yield from _headers(recorded["headers"], response.headers, bindings)
    actual = response.body.decode("utf-8", "surrogateescape")
    if "body_subset" in recorded:
        yield from _differences(recorded["body_subset"], _json(actual), bindings, "body", True)
        return
    expected = recorded.get("loose_text", recorded["body_text"])
    wanted, came = _json(expected), _json(actual)
    if wanted is NOT_JSON or came is NOT_JSON:
        if not bindings.match(expected, actual):
            yield "body", expected, actual
    elif step.get("unordered"):
        yield from _as_multiset(wanted, came, bindings)
    else:
        yield from _differences(wanted, came, bindings, "body", False)


def _headers(
    expected: dict[str, str], actual: list[tuple[str, str]], bindings: Bindings
) -> Iterator[Found]:
    came = {name.lower(): value for name, value in actual if _is_recorded(name.lower())}
    for name in sorted({*expected, *came}):
        if name not in came or name not in expected:
            yield f"header {name}", expected.get(name, "(absent)"), came.get(name, "(absent)")
        elif not bindings.match(expected[name], came[name]):
            yield f"header {name}", expected[name], came[name]


def _is_recorded(name: str) -> bool:
    known = name in {"content-type", "retry-after"}
    return known or name.startswith("x-") or "idempotency" in name


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return NOT_JSON


def _differences(
    expected: Any, actual: Any, bindings: Bindings, path: str, is_subset: bool
) -> Iterator[Found]:
    if isinstance(expected, dict) and isinstance(actual, dict):
        names = expected if is_subset else {**expected, **actual}
        for name in names:
            if name in expected and name in actual:
                place = f"{path}/{name}"
                yield from _differences(expected[name], actual[name], bindings, place, is_subset)
            else:
                missing = expected.get(name, "(absent)"), actual.get(name, "(absent)")
                yield (f"{path}/{name}", *missing)
    elif isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        for index, pair in enumerate(zip(expected, actual)):
            yield from _differences(*pair, bindings, f"{path}/{index}", is_subset)
    elif not _equal(expected, actual, bindings):
        yield path, expected, actual


def _equal(expected: Any, actual: Any, bindings: Bindings) -> bool:
    if isinstance(expected, str):
        if expected in _NUMBERS and not isinstance(actual, str):
            return type(actual) in _NUMBERS[expected] and actual >= 0
        return isinstance(actual, str) and bindings.match(expected, actual)
    # `repr` tells 1 from 1.0 and from True, and 0.0 from -0.0.
    return repr(expected) == repr(actual)


def _as_multiset(expected: Any, actual: Any, bindings: Bindings) -> Iterator[Found]:
    if not isinstance(actual, list) or len(actual) != len(expected):
        yield "body (in any order)", expected, actual
        return
    found = _pair_up(expected, actual, bindings)
    if found is None:
        yield "body (in any order)", expected, actual
    else:
        bindings._values = found._values


def _pair_up(expected: list[Any], actual: list[Any], bindings: Bindings) -> Optional[Bindings]:
    """Find a pairing of the two lists without a difference; go back where one leads nowhere."""
    if not expected:
        return bindings
    for index, candidate in enumerate(actual):
        trial = bindings.copy()
        if any(_differences(expected[0], candidate, trial, "", False)):
            continue
        rest = _pair_up(expected[1:], actual[:index] + actual[index + 1 :], trial)
        if rest is not None:
            return rest
    return None
