"""Every recorded answer becomes its model, and nothing in it is lost."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, Optional

import msgspec
import pytest

from contractgate_core import models
from contractgate_core.models import Timestamp
from contractgate_core.results import EnvelopeResult

RECORDINGS = Path(__file__).parents[2] / "conformance" / "recordings" / "http.jsonl.gz"

VERSION = r"/contracts/[^/]+/versions/[^/]+"
# By method and path; the first that matches. A list of one type stands for a list of models.
KINDS: list[tuple[str, str, Any]] = [
    ("GET", "/health", models.Health),
    ("GET", "/ready", models.Readiness),
    ("GET", "/contracts", list[models.ContractSummary]),
    ("POST", "/contracts", models.ContractResponse),
    ("POST", "/contracts/deploy", models.DeployResponse),
    ("POST", "/contracts/diff", models.DiffResponse),
    ("POST", "/contracts/import", models.VersionResponse),
    ("GET", "/contracts/[^/]+/name-history", list[models.NameChange]),
    ("GET", "/contracts/[^/]+/versions", list[models.VersionSummary]),
    ("POST", "/contracts/[^/]+/versions", models.VersionResponse),
    ("(GET|PATCH)", VERSION, models.VersionResponse),
    ("POST", VERSION + "/(promote|deprecate|approve-import)", models.VersionResponse),
    ("PATCH", "/contracts/[^/]+/payload-storage", models.ContractStorage),
    ("POST", "/contracts/[^/]+/purge-bodies", models.PurgedBodies),
    ("POST", "/contracts/[^/]+/quarantine/replay", models.ContractReplayResponse),
    ("GET", "/contracts/.*/replay-history", list[models.ReplayHistoryEntry]),
    ("GET", "/contracts/[^/]+/report", models.ContractReport),
    ("(GET|PATCH)", "/contracts/[^/]+", models.ContractResponse),
    ("GET", "/v1/contracts/[^/]+/version", models.VersionProbe),
    ("GET", "/ingest/[^/]+/stats", models.IngestionStats),
    ("POST", "/egress/[^/]+", models.EgressResponse),
    ("GET", "/audit", list[models.AuditEntry]),
    ("GET", "/stats", models.IngestionStats),
    ("GET", "/usage", models.Usage),
    ("POST", "/playground/validate", models.PlaygroundResponse),
    ("GET", "/quarantine", list[models.QuarantinedEvent]),
    ("POST", "/quarantine/replay", models.ReplayResponse),
    ("GET", "/quarantine/replay-history", list[models.ReplayOutcome]),
    ("(GET|PUT)", "/settings/payload-storage", models.PayloadStorage),
    ("GET", "/scorecard/[^/]+", models.Scorecard),
    ("GET", "/scorecard/[^/]+/drift", list[models.DriftSignal]),
    ("GET", "/catalog", list[models.CatalogEntry]),
]


class Answer(NamedTuple):
    """One recorded answer."""

    name: str
    method: str
    path: str
    status: int
    value: Any


def answers() -> Iterator[Answer]:
    """Read every recorded answer whose body is JSON and whole."""
    with gzip.open(RECORDINGS, "rt", encoding="utf-8") as lines:
        for scenario in map(json.loads, lines):
            for number, step in enumerate(scenario["steps"]):
                text = step["response"].get("body_text") or ""
                if text[:1] in ("{", "["):
                    yield Answer(
                        f"{scenario['id']} {number}",
                        step["request"]["method"],
                        step["request"]["path"],
                        step["response"]["status"],
                        _without_placeholders(json.loads(text)),
                    )


def _without_placeholders(value: Any) -> Any:
    """Replace each placeholder by something that the gateway could have sent."""
    if isinstance(value, list):
        return [_without_placeholders(item) for item in value]
    if isinstance(value, dict):
        means = {"avg_validation_us": 7.5} if "avg_validation_us" in value else {}
        return {**{key: _without_placeholders(item) for key, item in value.items()}, **means}
    if value in ("{{us}}", "{{n}}", "{{ms}}"):
        return 7
    if value in ("{{time}}", "{{month}}"):
        return "2026-11-23T16:46:00.123456789Z"
    return value


def kind_of(answer: Answer) -> Any:
    """Choose the model of an answer."""
    value = answer.value
    if isinstance(value, dict) and "error" in value:
        return _refusal(value)
    if "ingest" in answer.path and answer.method == "POST":
        return models.BatchIngestResponse if "results" in value else EnvelopeResult
    for method, path, kind in KINDS:
        if re.fullmatch(method, answer.method) and re.fullmatch(path, answer.path):
            return kind
    return None


def _refusal(value: dict[str, Any]) -> Any:
    for key, kind in (
        ("batch", models.LegacyDeprecatedResponse),
        ("results", models.DeprecatedBatchResponse),
        ("retry_after_ms", models.RateLimitExceeded),
        ("plan", models.PlanLimitExceeded),
        ("detail", models.IdempotencyConflict),
    ):
        if key in value:
            return kind
    return models.ErrorBody


def lost(said: Any, kept: Any, path: str = "") -> Iterator[str]:
    """Name what was sent and not kept; anything else that is kept is a default of a model."""
    if isinstance(said, dict) and isinstance(kept, dict):
        for key, value in said.items():
            yield from lost(value, kept.get(key), f"{path}.{key}")
    elif isinstance(said, list) and isinstance(kept, list) and len(said) == len(kept):
        for index, pair in enumerate(zip(said, kept)):
            yield from lost(*pair, f"{path}[{index}]")
    elif repr(said) != repr(kept):
        yield f"{path}: {said!r} became {kept!r}"


ANSWERS = list(answers())


@pytest.mark.parametrize("kind", sorted({str(kind_of(answer)) for answer in ANSWERS}))
def test_nothing_that_an_answer_said_is_lost(kind: str) -> None:
    chosen = [answer for answer in ANSWERS if str(kind_of(answer)) == kind]
    for answer in chosen:
        model: Optional[Any] = kind_of(answer)
        assert model is not None, f"{answer.name}: {answer.method} {answer.path} has no model"
        decoded = models.read(json.dumps(answer.value), model)
        again = json.loads(msgspec.json.encode(decoded, enc_hook=str))
        assert list(lost(answer.value, again)) == [], answer.name


def test_most_answers_are_looked_at() -> None:
    assert len(ANSWERS) > 1400


def test_recorded_times_are_read() -> None:
    moments = {
        value for answer in ANSWERS for value in _texts(answer.value) if value.startswith("2026-")
    }
    assert moments
    assert all(Timestamp(moment).datetime.year == 2026 for moment in moments if "T" in moment)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)
