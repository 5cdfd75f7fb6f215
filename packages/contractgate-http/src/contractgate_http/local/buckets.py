"""Token buckets.

Source: docs/spec/gateway-http.md, section 6.16.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple

__all__ = ["DEFAULT_BURST", "DEFAULT_RATE", "Buckets", "Level"]

DEFAULT_RATE = 100.0
"""Requests per **second**."""

DEFAULT_BURST = 1000.0
"""Requests at once."""


class Level(NamedTuple):
    """How full a bucket is after one request.

    Attributes:
        is_allowed: The request got a token.
        rate: How many tokens are added per **second**.
        tokens: How many are left.
        now: The time of the request, in Unix **seconds**.
    """

    is_allowed: bool
    rate: float
    tokens: float
    now: float

    @property
    def wait(self) -> float:
        """How long until there is a token, in **seconds**."""
        missing = 1 - self.tokens
        return 0.0 if self.is_allowed or missing <= 0 else missing / self.rate

    @property
    def retry_after_ms(self) -> int:
        """How long until there is a token, in whole **milliseconds**, rounded up."""
        return math.ceil(self.wait * 1000)

    def headers(self) -> list[tuple[str, str]]:
        """Return it as headers of a reply."""
        return [
            ("x-ratelimit-limit", str(int(self.rate))),
            ("x-ratelimit-remaining", str(max(0, int(self.tokens)))),
            ("x-ratelimit-reset", str(math.ceil(self.now + self.wait))),
        ]


class Buckets:
    """The buckets of all callers, full until they are first used."""

    def __init__(self) -> None:
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, name: str, now: float, rate: float, burst: float) -> Level:
        """Take a token, if there is one.

        Args:
            name: The bucket.
            now: The time in Unix **seconds**.
            rate: How many tokens are added per **second**.
            burst: How many tokens the bucket holds.
        """
        tokens, filled_at = self._buckets.get(name, (burst, now))
        # A clock that was set back adds no tokens, and removes none.
        tokens = min(burst, tokens + max(0.0, now - filled_at) * rate)
        is_allowed = tokens >= 1
        if is_allowed:
            tokens -= 1
        self._buckets[name] = (tokens, now)
        return Level(is_allowed, rate, tokens, now)

    def load(self, rows: Iterable[tuple[str, float, float]]) -> None:
        """Restore the buckets from `dump`."""
        self._buckets = {name: (tokens, filled_at) for name, tokens, filled_at in rows}

    def dump(self) -> Iterator[tuple[str, float, float]]:
        """Yield each bucket: its name, its tokens, and when they were counted."""
        for name, (tokens, filled_at) in self._buckets.items():
            yield name, tokens, filled_at

    def clear(self) -> None:
        """Fill every bucket."""
        self._buckets.clear()
