"""A process that sends events to a gateway of its own until it is killed.

    python gateway_writer.py DATABASE

It writes a line for each answer that it got, after it got it.
"""

from __future__ import annotations

import sys

from contractgate_http.local import LocalGateway
from gateway_ledger import CONTRACTS
from gateway_tools import Session

BATCH = 7


def main(database: str) -> None:
    """Send batches, each with an event that fails, and add a version now and then."""
    with LocalGateway(database) as gateway:
        key = gateway.add_key(rate=1e9, burst=1e9)
        client = Session(gateway, key)
        known = client.http.get("/contracts").json()
        contract_id = known[0]["id"] if known else client.deploy(CONTRACTS["numbers"])
        rows = client.audit(limit=1)
        first = rows[0]["raw_event"]["round"] + 1 if rows else 0
        print("ready", flush=True)
        for round_ in range(first, 10**6):
            events = [
                {"n": number, "v": number or "no", "round": round_} for number in range(BATCH)
            ]
            client.ingest(contract_id, events).raise_for_status()
            if round_ % 10 == 0:
                client.add_version(contract_id, str(round_), CONTRACTS["texts"], stable=False)
            print(f"answered {round_}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
