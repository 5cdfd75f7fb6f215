"""The workloads of the benchmark: a contract and seeded events for each; standard library only.

Events come from one seed, so that every process makes the same ones for itself.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from typing import Any

__all__ = ["CONTRACTS", "NOW", "WORKLOADS", "contract", "events", "lines"]

NOW = 1_712_000_100
"""The time at which freshness rules look at the events, in Unix seconds."""

Event = dict[str, Any]
Spoil = Callable[[random.Random, Event], None]

FLAT = """\
version: "1.0"
name: web_events
ontology:
  entities:
    - {name: user_id, type: string, pattern: "^[a-zA-Z0-9_-]{3,64}$", min_length: 3, max_length: 64}
    - {name: event_type, type: string, enum: [click, view, purchase, signup, logout]}
    - {name: timestamp, type: integer, min: 0}
    - {name: session_id, type: string, required: false, pattern: "^[a-f0-9]{32}$"}
    - {name: amount, type: number, required: false, min: 0.0, max: 1000000.0}
    - name: metadata
      type: object
      required: false
      properties:
        - {name: page, type: string, required: false, max_length: 512}
        - {name: referrer, type: string, required: false, max_length: 512}
metrics:
  - {name: purchase_amount, field: amount, type: float, min: 0.0, max: 1000000.0}
"""

_EMAIL = r"^[^@\\s]+@[^@\\s]+\\.[a-z]{2,}$"

NESTED = """\
version: "2.1"
name: orders
compliance_mode: true
ontology:
  entities:
    - {name: order_id, type: string, pattern: "^ord_[0-9a-z]{10}$"}
    - {name: placed_on, type: date}
    - {name: currency, type: string, enum: [EUR, USD, GBP, JPY]}
    - name: customer
      type: object
      properties:
        - {name: id, type: integer, min: 1}
        - {name: email, type: string, pattern: "@EMAIL@", max_length: 254}
        - name: address
          type: object
          properties:
            - {name: street, type: string, min_length: 1, max_length: 120}
            - {name: zip, type: string, pattern: "^[0-9]{5}$"}
            - {name: country, type: string, min_length: 2, max_length: 2}
    - name: lines
      type: array
      items:
        name: line
        type: object
        properties:
          - {name: sku, type: string, min_length: 4, max_length: 16}
          - {name: quantity, type: integer, min: 1, max: 999}
          - {name: price, type: float, min: 0}
          - {name: tags, type: array, required: false, items: {name: tag, type: string}}
    - {name: gift, type: boolean}
    - {name: note, type: string, required: false, max_length: 500}
quality:
  - {field: customer.email, type: completeness}
""".replace("@EMAIL@", _EMAIL)

IOT = """\
version: "1"
name: telemetry
null_as_absent: true
ontology:
  entities:
    - {name: device, type: string, pattern: "^dev-[0-9]{6}$"}
    - {name: ts, type: integer, min: 1600000000}
    - {name: seq, type: integer, min: 0}
    - {name: temp, type: float, min: -60, max: 125}
    - {name: humidity, type: float, min: 0, max: 100}
    - {name: pressure, type: float, required: false, min: 300, max: 1100}
    - {name: battery, type: integer, min: 0, max: 100}
    - {name: lat, type: float, min: -90, max: 90}
    - {name: lon, type: float, min: -180, max: 180}
    - {name: samples, type: array, items: {name: s, type: float, min: -1000, max: 1000}}
    - {name: ok, type: boolean}
metrics:
  - {name: heat, field: temp, max: 125}
quality:
  - {field: ts, type: freshness, max_age_seconds: 1000000}
"""

_UUID = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"

TEXT = f"""\
version: "1.0"
name: reviews
ontology:
  entities:
    - {{name: id, type: string, pattern: "{_UUID}"}}
    - {{name: lang, type: string, enum: [en, de, ja, ar, ru, hi]}}
    - {{name: title, type: string, min_length: 1, max_length: 300}}
    - {{name: body, type: string, min_length: 1, max_length: 8000}}
    - {{name: author, type: string, pattern: "^\\\\w[\\\\w .'-]{{0,60}}$"}}
    - {{name: rating, type: integer, min: 1, max: 5}}
    - {{name: extra, type: any, required: false}}
"""

_WIDE_TYPES = (
    "type: integer, min: 0, max: 1000000",
    "type: float, min: -1e9, max: 1e9",
    "type: boolean",
    "type: string, max_length: 40",
    'type: string, pattern: "^[A-Z]{2}[0-9]{4}$"',
    "type: string, enum: [new, open, closed, void]",
    "type: date",
    "type: any",
)


def _wide_contract() -> str:
    lines = ['version: "1.0"', "name: wide", "ontology:", "  entities:"]
    for index in range(200):
        optional = "" if index % 3 else ", required: false"
        lines.append(f"    - {{name: f{index:03d}, {_WIDE_TYPES[index % 8]}{optional}}}")
    return "\n".join(lines) + "\n"


CONTRACTS = {"flat": FLAT, "nested": NESTED, "iot": IOT, "text": TEXT, "wide": _wide_contract()}
"""The contract of each workload, as YAML."""


WORKLOADS = (
    *CONTRACTS,
    *(f"{name}_reversed" for name in ("flat", "wide")),
    *(f"{name}_unequal" for name in CONTRACTS),
)
"""The workloads; in a reversed one the keys of each event come in the opposite order, and in an
unequal one no bad value equals another."""

_WORDS = {
    "en": [
        "the",
        "quick",
        "brown",
        "fox",
        "jumps",
        "over",
        "a",
        "lazy",
        "dog",
        "while",
        "rain",
        "falls",
        "softly",
    ],
    "de": ["schöne", "Grüße", "aus", "München", "über", "die", "Straße", "größer", "weiß", "Füße"],
    "ja": ["東京", "は", "今日", "とても", "良い", "天気", "です", "日本語", "テスト", "文章"],
    "ar": ["مرحبا", "بك", "في", "هذا", "المكان", "الجميل", "اليوم"],
    "ru": ["привет", "мир", "это", "очень", "хороший", "день", "сегодня"],
    "hi": ["नमस्ते", "दुनिया", "यह", "एक", "अच्छा", "दिन", "है"],
}
_NAMES = ["Ana Souza", "Jürgen Weiß", "O'Neill", "李小龙", "Мария", "Zoë-Marie", "A. N. Other"]
_ACTIONS = ["click", "view", "purchase", "signup", "logout"]
_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"


def _hexes(r: random.Random, size: int) -> str:
    return f"{r.getrandbits(4 * size):0{size}x}"


def _date(r: random.Random) -> str:
    return f"20{r.randint(10, 29)}-{r.randint(1, 12):02d}-{r.randint(1, 28):02d}"


def _flat(r: random.Random) -> Event:
    return {
        "user_id": f"user_{r.randrange(10**6):06d}",
        "event_type": r.choice(_ACTIONS),
        "timestamp": 1712000000 - r.randrange(10**6),
        "amount": round(r.uniform(0, 500), 2),
        "session_id": _hexes(r, 32),
        "metadata": {"page": f"/home/{r.randrange(100)}", "referrer": "https://example.com/x"},
    }


def _spoil_flat(r: random.Random, event: Event) -> None:
    kind = r.randrange(6)
    if kind == 0:
        del event["user_id"]
    elif kind == 1:
        event["event_type"] = "bogus"
    elif kind == 2:
        event["timestamp"] = -5
    elif kind == 3:
        event["user_id"] = "no spaces allowed!"
    elif kind == 4:
        event["amount"] = "12.50"
    else:
        event["metadata"]["page"] = "x" * 513


def _order_line(r: random.Random) -> Event:
    return {
        "sku": f"SKU{r.randrange(10**5):05d}",
        "quantity": r.randint(1, 20),
        "price": round(r.uniform(0.5, 300), 2),
        "tags": r.sample(["new", "sale", "eco", "bulk"], r.randint(0, 3)),
    }


def _nested(r: random.Random) -> Event:
    order_lines = [_order_line(r) for _ in range(r.randint(1, 5))]
    return {
        "order_id": "ord_" + "".join(r.choice(_ALPHABET) for _ in range(10)),
        "placed_on": _date(r),
        "currency": r.choice(["EUR", "USD", "GBP", "JPY"]),
        "customer": {
            "id": r.randint(1, 10**9),
            "email": f"user{r.randrange(10**5)}@example.com",
            "address": {
                "street": f"Main Street {r.randint(1, 999)}",
                "zip": f"{r.randrange(10**5):05d}",
                "country": "DE",
            },
        },
        "lines": order_lines,
        "gift": r.random() < 0.2,
        "note": "leave at the door",
    }


def _spoil_nested(r: random.Random, event: Event) -> None:
    kind = r.randrange(6)
    if kind == 0:
        event["placed_on"] = "2024-02-30"
    elif kind == 1:
        event["customer"]["address"]["zip"] = "1234"
    elif kind == 2:
        event["lines"][-1]["quantity"] = 0
    elif kind == 3:
        event["coupon"] = "SAVE10"
    elif kind == 4:
        del event["customer"]["email"]
    else:
        event["lines"][0]["price"] = None


def _iot(r: random.Random) -> Event:
    return {
        "device": f"dev-{r.randrange(10**6):06d}",
        "ts": 1712000000 - r.randrange(900000),
        "seq": r.randrange(2**31),
        "temp": round(r.gauss(20, 10), 2),
        "humidity": round(r.uniform(0, 100), 1),
        "pressure": r.choice([None, round(r.uniform(950, 1050), 1)]),
        "battery": r.randint(0, 100),
        "lat": round(r.uniform(-90, 90), 6),
        "lon": round(r.uniform(-180, 180), 6),
        "samples": [round(r.gauss(0, 50), 3) for _ in range(16)],
        "ok": True,
    }


def _spoil_iot(r: random.Random, event: Event) -> None:
    kind = r.randrange(5)
    if kind == 0:
        event["temp"] = 300
    elif kind == 1:
        event["device"] = "dev-12"
    elif kind == 2:
        event["samples"][r.randrange(16)] = "n/a"
    elif kind == 3:
        event["ts"] = 1650000000
    else:
        event["battery"] = 12.5


def _text(r: random.Random) -> Event:
    lang = r.choice(list(_WORDS))
    words = _WORDS[lang]
    uuid = _hexes(r, 32)
    return {
        "id": f"{uuid[:8]}-{uuid[8:12]}-{uuid[12:16]}-{uuid[16:20]}-{uuid[20:]}",
        "lang": lang,
        "title": " ".join(r.choices(words, k=5)),
        "body": " ".join(r.choices(words, k=r.randint(40, 160))) + ' "quoted"\n',
        "author": r.choice(_NAMES),
        "rating": r.randint(1, 5),
        "extra": {"seen": [1, 2.5, None]},
    }


def _spoil_text(r: random.Random, event: Event) -> None:
    kind = r.randrange(4)
    if kind == 0:
        event["rating"] = 6
    elif kind == 1:
        event["title"] = event["title"] * 40
    elif kind == 2:
        event["author"] = "<script>"
    else:
        event["id"] = event["id"].upper()


def _wide(r: random.Random) -> Event:
    event: Event = {}
    for index in range(200):
        if index % 3 == 0 and r.random() < 0.4:
            continue
        event[f"f{index:03d}"] = [
            r.randrange(10**6),
            round(r.uniform(-1e6, 1e6), 3),
            r.random() < 0.5,
            f"value {r.randrange(1000)}",
            f"AB{r.randrange(10**4):04d}",
            r.choice(["new", "open", "closed", "void"]),
            _date(r),
            r.choice([1, "x", None, [1, 2]]),
        ][index % 8]
    return event


def _spoil_wide(r: random.Random, event: Event) -> None:
    value = r.choice(["?", {"a": 1}, []])
    event[f"f{r.choice([1, 4, 5, 10, 13, 20]):03d}"] = value


def _unequal(r: random.Random, event: Event, good: Event) -> None:
    """Make what was spoiled unlike all others, but break the same rule."""
    for key, value in event.items():
        before = good.get(key)
        if value == before:
            continue
        if isinstance(value, dict) and isinstance(before, dict):
            _unequal(r, value, before)
        elif isinstance(value, list) and isinstance(before, list) and len(value) == len(before):
            for index, (one, other) in enumerate(zip(value, before)):
                if isinstance(one, dict):
                    _unequal(r, one, other)
                elif one != other:
                    value[index] = _unlike(r, one)
        else:
            event[key] = _unlike(r, value)


def _unlike(r: random.Random, value: Any) -> Any:
    """Return another value of the type that is as wrong."""
    if isinstance(value, str):
        return f"{value} {r.randrange(10**12)}"
    if value == 0 or isinstance(value, bool) or not isinstance(value, (int, float)):
        return -r.randrange(1, 10**12) if value == 0 else [r.randrange(10**12)]
    return value + r.randrange(10**12) if value > 0 else value - r.randrange(10**12)


_MAKERS: dict[str, tuple[Callable[[random.Random], Event], Spoil]] = {
    "flat": (_flat, _spoil_flat),
    "nested": (_nested, _spoil_nested),
    "iot": (_iot, _spoil_iot),
    "text": (_text, _spoil_text),
    "wide": (_wide, _spoil_wide),
}


def events(name: str, count: int, bad: float, seed: int = 1) -> list[Event]:
    """Make the events of a workload.

    Args:
        name: One of `WORKLOADS`.
        count: How many.
        bad: The share of events that break the contract, from 0 to 1.
        seed: The same one makes the same events.
    """
    base, _, variant = name.partition("_")
    r, more = random.Random(f"{base}-{seed}"), random.Random(seed)
    make, spoil = _MAKERS[base]
    made = []
    for _ in range(count):
        event = make(r)
        if r.random() < bad:
            good = copy.deepcopy(event)
            spoil(r, event)
            if variant == "unequal":
                _unequal(more, event, good)
        made.append(dict(reversed(list(event.items()))) if variant == "reversed" else event)
    return made


def contract(name: str) -> str:
    """Give the contract of a workload as YAML."""
    return CONTRACTS[name.partition("_")[0]]


def lines(made: list[Event]) -> list[bytes]:
    """Write events as the lines of NDJSON, without their ends."""
    return [json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode() for event in made]
