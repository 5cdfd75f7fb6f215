"""The one key that no object may have, in events and in contracts.

The gateway's JSON library keeps it to itself: an object that begins with it is replaced there by
what the text under it says. What else its members are is lost, and whoever stores the event has
another one than was sent. So it is refused here, wherever in an object it stands.
"""

from __future__ import annotations

__all__ = ["REFUSAL", "RESERVED_KEY"]

RESERVED_KEY = "$serde_json::private::RawValue"
REFUSAL = f"expected no key `{RESERVED_KEY}`, which the gateway's JSON reader reserves"
