"""The recorded readings of JSON texts."""

from __future__ import annotations

import pytest

from contractgate_core.engine.render import json_text
from contractgate_core.errors import EventDecodeError
from contractgate_core.events.decode import decode_event
from recordings import Case, cases, for_each


@for_each(cases("json"))
def test_text_is_read_as_recorded(case: Case) -> None:
    """A text is written back as the gateway wrote it, or refused where the gateway did."""
    if "error" in case["expect"]:
        with pytest.raises(EventDecodeError):
            decode_event(case["text"])
    else:
        assert json_text(decode_event(case["text"])) == case["expect"]["canonical"]
