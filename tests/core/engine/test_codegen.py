"""The functions that are written for one contract: their source, and how often they are made."""

from __future__ import annotations

import json
import linecache
import traceback
from typing import Any

import pytest

from contractgate_core.engine.accept.codegen import Source
from contracts import compiled

ENTITIES: tuple[dict[str, Any], ...] = (
    {"name": "id", "type": "string", "pattern": "^[a-z]+$"},
    {"name": "n", "type": "integer", "min": 1, "required": False},
)

FIND = """\
def f1(event, now, is_approximate=False):
 out = []
 if type(event) is not dict:
  n3(out)
  return out
 holds = True
 if n5 in event:
  v = event[n5]
  if not ((type(v) is str and (1 <= len(v) and v.encode().translate(n7).isalpha()))):
   if v is None: out += n6
   elif type(v) is str and len(v) <= 1024: out += n8[v]
   elif is_approximate and (v == 0 and type(v) is int): return None
   elif type(v) is int: out += n8[v]
   else: out += n9(v)
 else:
  out += n10
 if n11 in event:
  v = event[n11]
  if not ((type(v) is int and 1 <= v <= 9223372036854775807)):
   if v is None: out += n12
   elif type(v) is str and len(v) <= 1024: out += n13[v]
   elif is_approximate and (v == 0 and type(v) is int): return None
   elif type(v) is int: out += n13[v]
   else: out += n14(v)
 if not holds: n15(event, now, out)
 return out"""

FIND_IN_OBJECT = """\
def f1(o, now, otherwise=n3):
 while True:
  try:
   if type(o) is not dict: break
   n = 2
   v = o[n4]
   if not ((type(v) is str and (1 <= len(v) and v.encode().translate(n5).isalpha()))): break
   if n6 in o:
    v = o[n6]
    if not ((type(v) is int and 1 <= v <= 9223372036854775807)): break
   else: n -= 1
   if len(o) != n and not n7(o): break
  except (KeyError, UnicodeEncodeError): break
  return []
 return otherwise(o, now)"""

ACCEPT = """\
def accept(text, now):
 if backoff.left > 0:
  backoff.left -= 1
  return approximately(text, now)
 while True:
  try: row = decode_plain(text) if text.isascii() and 92 not in text else decode_rich(text)
  except REFUSALS: break
  v1 = row.f0
  if not ((v1.encode().translate(n3).isalpha()) or n4(v1)): break
  if backoff.failures: backoff.failures = 0
  return []
 fail(); return refused(text, now)"""


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """List the sources that are compiled meanwhile."""
    sources: list[str] = []
    compile_source = Source.compile

    def noted(self: Source, name: str, **more: object) -> Any:
        sources.append(str(self))
        return compile_source(self, name, **more)

    monkeypatch.setattr(Source, "compile", noted)
    return sources


def test_a_small_contract_is_written_as_expected(written: list[str]) -> None:
    """One function accepts, one finds what is wrong, and one goes over Python objects."""
    one = compiled(*ENTITIES)
    one.judge.prepare([{"id": "a", "n": 1}] * 3)
    assert written == [FIND, FIND_IN_OBJECT, ACCEPT]


def test_functions_are_written_once_and_when_they_are_needed(written: list[str]) -> None:
    """Not for a few events, and not again for more of them."""
    one = compiled(*ENTITIES)
    assert one.validate_json('{"id": "a", "n": 1}').passed
    assert written == []
    for _ in range(500):
        assert one.validate_json('{"id": "a", "n": 1}').passed
        assert not one.validate_json('{"id": "A", "n": 0}').passed
    # The last one judges events that fail as often as that.
    assert len(written) == 4
    body = json.dumps([{"id": "a", "n": 1}] * 200)
    for _ in range(3):
        assert all(result.passed for result in one.validate_batch_json(body))
    assert len(set(written)) == len(written) < 10


@pytest.mark.parametrize("verb", ["scan", "array", "batch"])
def test_functions_are_written_once_for_very_many_events_that_come_at_once(
    written: list[str], verb: str
) -> None:
    """Also where whoever goes over them took up the slow way when it was the only one."""
    one = compiled(*ENTITIES)
    event = {"id": "A", "n": 0}
    texts = [json.dumps(event)] * 2_000
    if verb == "scan":
        failed = len(list(one.scan("\n".join(texts).encode())))
    elif verb == "array":
        failed = sum(not one.passed for one in one.validate_batch_json(f"[{','.join(texts)}]"))
    else:
        failed = sum(not one.passed for one in one.validate_batch([event] * 2_000))
    assert failed == 2_000
    assert 0 < len(written) <= 4


def test_a_traceback_shows_the_line() -> None:
    """Though the function is in no file."""
    source = Source()
    with source.function("by", "divide"):
        source.line("return 1 / by")
    failing = source.compile("divide")
    with pytest.raises(ZeroDivisionError) as caught:
        failing(0)
    last = traceback.extract_tb(caught.tb)[-1]
    assert (last.filename, last.lineno) == ("contractgate codegen: divide", 2)
    assert last.line == "return 1 / by"
    assert linecache.getline("contractgate codegen: divide", 1, failing.__globals__)
