"""Write the events of examples/orders.ndjson: seeded, mostly good, some bad in everyday ways.

python scripts/generate_example_events.py > examples/orders.ndjson
"""

from __future__ import annotations

import json
import random
import sys
from typing import Any, Callable

EVENTS = 3_000
SHARE_BAD = 0.02
COUNTRIES = {"DE": "EUR", "FR": "EUR", "JP": "JPY", "GB": "GBP", "US": "USD", "BR": "BRL"}
NAMES = ["ana.souza", "j.weiss", "maria", "kenji.sato", "zoe", "o.neill", "li.na", "amir", "freya"]
ARTICLES = {"mug": 9.5, "notebook": 4.25, "backpack": 59.0, "desk-lamp": 34.9, "pen-set": 12.0}

Event = dict[str, Any]


def make_order(chance: random.Random, number: int) -> Event:
    """Make a good order."""
    country = chance.choice(sorted(COUNTRIES))
    lines: list[Event] = [
        {"sku": sku, "quantity": chance.randint(1, 5), "price": ARTICLES[sku]}
        for sku in chance.sample(sorted(ARTICLES), chance.randint(1, 3))
    ]
    order: Event = {
        "order_id": f"ord_{number:06d}",
        "placed_on": f"2026-{chance.randint(1, 10):02d}-{chance.randint(1, 28):02d}",
        "currency": COUNTRIES[country],
        "customer": {
            "id": chance.randint(1, 400),
            "email": f"{chance.choice(NAMES)}{chance.randint(1, 99)}@example.com",
            "country": country,
        },
        "lines": lines,
        "total": round(sum(line["quantity"] * line["price"] for line in lines), 2),
    }
    if chance.random() < 0.3:
        order["note"] = chance.choice(
            ["leave at the door", "Geschenk, bitte einpacken", "急ぎません"]
        )
    return order


def _without_email(order: Event) -> None:
    del order["customer"]["email"]


def _broken_email(order: Event) -> None:
    order["customer"]["email"] = order["customer"]["email"].replace("@", " at ")


def _quantity_as_text(order: Event) -> None:
    order["lines"][-1]["quantity"] = str(order["lines"][-1]["quantity"])


def _no_such_day(order: Event) -> None:
    order["placed_on"] = "2026-02-30"


def _unknown_currency(order: Event) -> None:
    order["currency"] = "EURO"


def _negative_total(order: Event) -> None:
    order["total"] = -order["total"]


def _undeclared(order: Event) -> None:
    order["utm_source"] = "newsletter"


def _seen_before(order: Event) -> None:
    order["order_id"] = "ord_000007"


DEFECTS: list[Callable[[Event], None]] = [
    *(_without_email, _broken_email, _quantity_as_text, _no_such_day),
    *(_unknown_currency, _negative_total, _undeclared, _seen_before),
]


def main() -> None:
    """Write the events, one per line, and one line that is cut off."""
    chance = random.Random("contractgate")
    for number in range(1, EVENTS + 1):
        order = make_order(chance, number)
        if number > 10 and chance.random() < SHARE_BAD:
            chance.choice(DEFECTS)(order)
        line = json.dumps(order, ensure_ascii=False, separators=(",", ":"))
        sys.stdout.write((line[: len(line) // 2] if number == 2_000 else line) + "\n")


if __name__ == "__main__":
    main()
