"""The functions that are written for one contract: what stands in them, and how often."""

from __future__ import annotations

import json
import linecache
import traceback
from typing import Any

import pytest

from contractgate_core.engine.accept.codegen import Names
from contracts import compiled

ENTITIES: tuple[dict[str, Any], ...] = (
    {"name": "id", "type": "string", "pattern": "^[a-z]+$"},
    {"name": "n", "type": "integer", "min": 1, "required": False},
)

ACCEPT = """\
def accept(text, now):
 if backoff.left > 0:
  backoff.left -= 1
  approximately = below.approximately  # Python calls what is in a variable faster.
  return approximately(text, now)
 verdict = 1
 try: row = decode_plain(text) if text.isascii() and 92 not in text else decode_rich(text)
 except REFUSALS: fail(); approximately = below.approximately; return approximately(text, now)
 v1 = row.f0
 if not (v1.encode().translate(n2).isalpha() or n3(v1)): \
fail(); approximately = below.approximately; return approximately(text, now)
 if verdict != 1 and not is_certain(verdict, text):
  fail(); return below.exactly(text, now)
 if backoff.failures: backoff.failures = 0
 return []
"""

FIND = """\
def f0(event, now, is_approximate=False):
 out = []
 if type(event) is not dict:
  n2(out)
  return out
 holds = True
 if n9 in event:
  v = event[n9]
  if not ((type(v) is str and (1 <= len(v) and v.encode().translate(n8).isalpha()))):
   if v is None: out += n4
   elif type(v) is str and len(v) <= 1024: out += n6[v]
   elif is_approximate and (v == 0 and type(v) is int): return None
   elif type(v) is int: out += n5[v]
   else: out += n7(v)
 else:
  out += n10
 if n15 in event:
  v = event[n15]
  if not ((type(v) is int and 1 <= v <= 9223372036854775807)):
   if v is None: out += n11
   elif type(v) is str and len(v) <= 1024: out += n13[v]
   elif is_approximate and (v == 0 and type(v) is int): return None
   elif type(v) is int: out += n12[v]
   else: out += n14(v)
 if not holds: n3(event, now, out)
 return out"""


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """List the sources that are compiled meanwhile."""
    sources: list[str] = []
    compile_source = Names.compile

    def noted(self: Names, source: str, name: str, **more: object) -> Any:
        sources.append(source)
        return compile_source(self, source, name, **more)

    monkeypatch.setattr(Names, "compile", noted)
    return sources


def test_a_small_contract_is_written_as_expected(written: list[str]) -> None:
    """One function accepts, one finds what is wrong, and one goes over Python objects."""
    one = compiled(*ENTITIES)
    one.judge.prepare([{"id": "a", "n": 1}] * 3)
    assert [source.partition("(")[0] for source in written] == ["def f0", "def f0", "def accept"]
    assert written[0] == FIND
    assert written[2] == ACCEPT


def test_functions_are_written_once_and_when_they_are_needed(written: list[str]) -> None:
    """Not for a few events, and not again for more of them."""
    one = compiled(*ENTITIES)
    assert one.validate_json('{"id": "a", "n": 1}').passed
    assert written == []
    for _ in range(500):
        assert one.validate_json('{"id": "a", "n": 1}').passed
        assert not one.validate_json('{"id": "A", "n": 0}').passed
    assert len(written) == 3
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
    assert 0 < len(written) <= 3


def test_a_traceback_shows_the_line() -> None:
    """Though the function is in no file."""
    failing = Names().compile("def divide(by):\n return 1 / by\n", "divide")
    with pytest.raises(ZeroDivisionError) as caught:
        failing(0)
    last = traceback.extract_tb(caught.tb)[-1]
    assert (last.filename, last.lineno) == ("contractgate codegen: divide", 2)
    assert last.line == "return 1 / by"
    assert linecache.getline("contractgate codegen: divide", 1, failing.__globals__)
