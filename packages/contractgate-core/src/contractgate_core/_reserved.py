"""The one key that no object may have, in events and in contracts.

The gateway's JSON library reserves it: an object that begins with it is replaced there by whatever
the text under it says. The object's other members are lost, and another event is stored than was
sent. So the key is refused here, wherever it stands in an object.
"""

from __future__ import annotations

__all__ = ["REFUSAL", "RESERVED_KEY"]

RESERVED_KEY = "$serde_json::private::RawValue"
REFUSAL = f"expected no key `{RESERVED_KEY}`, which the gateway's JSON reader reserves"
