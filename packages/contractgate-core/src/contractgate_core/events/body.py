"""The body of an ingest request: many events in one text.

Source: docs/spec/gateway-http.md, section 6.14.
"""

from __future__ import annotations

from typing import Any

from contractgate_core.errors import EventDecodeError
from contractgate_core.events.decode import JsonText, decode_event
from contractgate_core.events.lines import BLANK_LINES
from contractgate_core.events.place import Place

__all__ = ["decode_batch"]


def decode_batch(data: JsonText, *, ndjson: bool = False) -> list[Any]:
    """Read the events of a body.

    Args:
        data: One JSON text: an array is a list of events, any other value is one event.
        ndjson: The body is one JSON text a line, split at LF; a line that is empty or just CR is
            skipped. A line that is an array is one event.

    Raises:
        EventDecodeError: Something is not JSON; line, column and offset count from the body's
            beginning.
    """
    if ndjson:
        return _decode_lines(data)
    value = decode_event(data)
    return value if type(value) is list else [value]


def _decode_lines(data: JsonText) -> list[Any]:
    events: list[Any] = []
    offset = 0
    # A lone surrogate is no UTF-8 either way, and is refused where it stands.
    text = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else bytes(data)
    for number, line in enumerate(text.split(b"\n"), start=1):
        if line not in BLANK_LINES:
            try:
                events.append(decode_event(line))
            except EventDecodeError as error:
                raise Place(number, 1, offset).shifted(error) from None
        offset += len(line) + 1
    return events
