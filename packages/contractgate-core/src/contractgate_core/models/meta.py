"""What a reply says outside its body, and lists that can carry it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Optional, TypeVar, get_args

import msgspec

from contractgate_core._plain import Plain

__all__ = ["HasMeta", "Listing", "ResponseMeta", "note_meta"]

T = TypeVar("T")


class ResponseMeta(Plain, msgspec.Struct, frozen=True):
    """What a reply says outside its body.

    Attributes:
        status: The HTTP status.
        headers: The headers; names are case-insensitive.

    Source: docs/spec/gateway-http.md, sections 5.6, 6.15 and 6.16.
    """

    status: int
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)

    @property
    def rate_limit(self) -> Optional[int]:
        """How many requests per **second** the key allows in the long run, if the reply says so."""
        return self._number("x-ratelimit-limit")

    @property
    def rate_remaining(self) -> Optional[int]:
        """How many requests are left right now; an ingest costs two."""
        return self._number("x-ratelimit-remaining")

    @property
    def rate_reset(self) -> Optional[int]:
        """When a request will be allowed again, in Unix **seconds**."""
        return self._number("x-ratelimit-reset")

    @property
    def is_replay(self) -> bool:
        """Whether this is the stored reply to an earlier request with the same idempotency key."""
        return self.headers.get("x-idempotency-replay", "") == "true"

    def _number(self, name: str) -> Optional[int]:
        text = self.headers.get(name, "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None

    def __rich_repr__(self) -> Iterator[tuple[str, int]]:  # type: ignore[override]  # msgspec's own shows all
        yield "status", self.status  # headers may hold cookies


class HasMeta:
    """A mixin for models that have room for what the reply says outside its body."""

    __slots__ = ()

    @property
    def meta(self) -> Optional[ResponseMeta]:
        """What the reply says outside its body; None if this did not come as a reply."""
        meta: Optional[ResponseMeta] = getattr(self, "_meta", None)
        return meta


def note_meta(model: Any, meta: ResponseMeta) -> None:
    """Note on a model what the reply that it was read from says outside its body."""
    msgspec.structs.force_setattr(model, "_meta", meta)


class Listing(list[T]):
    """A list that is the whole body of a reply; it equals a plain list of the same items.

    Attributes:
        meta: What the reply says outside its body; None if the list came from elsewhere.
    """

    meta: Optional[ResponseMeta] = None

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema  # pydantic is asking

        (item,) = get_args(source) or (Any,)
        items = handler.generate_schema(list[item])  # type: ignore[valid-type]
        return core_schema.no_info_after_validator_function(cls, items)
