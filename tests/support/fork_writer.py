"""A process that forks while it has a database open, and is killed after its last event.

    python fork_writer.py DATABASE END

END says how the child ends. A line is written when the last event was taken.
"""

from __future__ import annotations

import gc
import os
import signal
import sys

from contractgate_http import Client
from contractgate_http.local import LocalGateway
from gateway_ledger import CONTRACTS
from processes import fork

__all__ = ["ENDS"]

ENDS = ["at once", "as usual", "after closing", "after forgetting", "with a client of its own"]


def main(database: str, end: str) -> None:
    """Send an event before there is a child, and one after it."""
    if end == "with a client of its own":
        gateway, client = None, Client(f"local:{database}")
    else:
        gateway = LocalGateway(database)
        client = Client(gateway.url, gateway.api_key, transport=gateway.transport)
    contract_id = client.deploy("numbers", CONTRACTS["numbers"]).contract_id
    client.ingest(contract_id, [{"n": 0, "v": 0}])
    child = fork()
    if not child:
        if end == "at once":
            os._exit(0)
        elif end == "after closing" and gateway is not None:
            gateway.close()
        elif end == "after forgetting":
            del gateway, client
            gc.collect()
        sys.exit()
    assert os.waitpid(child, 0)[1] == 0
    client.ingest(contract_id, [{"n": 1, "v": 1}])
    print("taken", flush=True)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(*sys.argv[1:])
