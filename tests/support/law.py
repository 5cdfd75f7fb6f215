"""The law of the accept path, tried on random pairs of contract and event.

    python tests/support/law.py 1000000 [SEED]

Whatever is accepted, the exact reader finds nothing in: from bytes one by one, from the lines of a
chunk, and from Python objects. And what is found in an event that was read approximately is what
the exact reader finds. So is what each public way to ask gives, of a contract that has judged
nothing yet and of a warm one.

It proves that all ways agree with the exact reader; that this one is right (its texts, their order,
what is masked) is for the recordings and the tests of masking to say.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path
from typing import Optional

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))

from contractgate_core import Contract, EventDecodeError
from contractgate_core.engine.accept.acceptor import Acceptor
from contractgate_core.engine.compiled import CompiledContract
from contractgate_core.events.decode import decode_event
from contractgate_core.events.encode import sent_value
from contractgate_core.events.lines import BLANK_LINES
from contractgate_core.results import Violation, ViolationKind
from pairs import NOW, random_contract, random_event, random_garbage, random_object

__all__ = ["Tally", "found_approximately", "try_contract"]

EVENTS_OF_A_CONTRACT = 40
_LINES_OF_A_CHUNK = 3
_MANY = 15
_SURELY_SHALLOW = 100
_PUBLIC_WAYS_EVERY = 3
"""They take twice as long as the rest together."""


class Tally:
    """How many pairs were tried, and how many of them were accepted."""

    def __init__(self) -> None:
        self.pairs = self.conforming = self.accepted = self.accepted_in_chunks = 0
        self.conforming_values = self.accepted_objects = self.accepted_in_arrays = 0
        self.judged_approximately = self.judged_together = 0

    def __str__(self) -> str:
        return (
            f"{self.pairs:,} pairs, {self.conforming:,} conform, {self.accepted:,} accepted one by "
            f"one, {self.accepted_in_chunks:,} in chunks, {self.accepted_objects:,} as objects, "
            f"{self.accepted_in_arrays:,} in arrays, {self.judged_approximately:,} judged "
            f"approximately, {self.judged_together:,} together"
        )


def try_contract(seed: int, tally: Tally) -> None:
    """Try one random contract with its events.

    Raises:
        AssertionError: Something was accepted that does not conform.
    """
    r = random.Random(seed)
    source = random_contract(r)
    compiled = Contract.from_yaml(json.dumps(source)).compile()
    texts = [random_event(r, source).encode() for _ in range(EVENTS_OF_A_CONTRACT)]
    texts += [random_garbage(r, texts[0].decode()) for _ in range(4)]
    conforming = [_conforms(compiled, text) for text in texts]
    acceptor = _prepared(
        compiled, [text for text, is_good in zip(texts, conforming) if is_good][:9]
    )
    tally.pairs += len(texts)
    _try_values(compiled, [text for text in texts if _is_json(text)], tally, r)
    tally.conforming += sum(conforming)
    _try_failing(compiled, texts, tally)
    for text, is_good in zip(texts, conforming):
        if acceptor.accept(text, NOW) is not None:
            assert is_good, f"seed {seed}: accepted {text!r} by {json.dumps(source)}"
            tally.accepted += 1
    lines = [text for text in texts if b"\n" not in text]
    for start in range(0, len(lines), _LINES_OF_A_CHUNK):
        group = lines[start : start + _LINES_OF_A_CHUNK]
        _try_chunk(acceptor, compiled, group, tally, seed)
        # Many lines are tested in another way than few.
        _try_chunk(acceptor, compiled, group * _MANY, tally, seed)
        _try_array(acceptor, compiled, group, tally, seed)
    good = [line for line in lines if _conforms(compiled, line)]
    _try_chunk(acceptor, compiled, good * _MANY, tally, seed)
    if seed % _PUBLIC_WAYS_EVERY == 0:
        _try_public_ways(compiled.contract.compile(), texts)


def found_approximately(
    compiled: CompiledContract, text: bytes, now: int
) -> Optional[list[Violation]]:
    """Judge an event that is read approximately; None if that gives no verdict.

    Raises:
        AssertionError: The verdict is not the exact one, masks and order included.
    """
    found: Optional[list[Violation]]
    found = compiled.judge.failing.approximately(text, now, lambda *_: None)
    _compare(compiled, text, found)
    return found


def _compare(compiled: CompiledContract, text: bytes, found: Optional[list[Violation]]) -> None:
    if found is not None:
        exact = _exactly(compiled, text)
        shown = [one.safe_message for one in found]
        is_exact = found == exact and shown == [one.safe_message for one in exact or ()]
        # Written down only then, since it takes longer than the verdict.
        assert is_exact, f"{text!r} by {compiled.contract.to_yaml()}"


def _try_failing(compiled: CompiledContract, texts: list[bytes], tally: Tally) -> None:
    """Judge events that were not accepted: decoded as dicts, and then as structs."""
    judge = compiled.judge
    failing = judge.failing_events(longest_backoff=0)
    if judge.failing.reader is not None:
        failing.begin(judge.failing.reader)
    for _ in ("dicts", "structs"):
        for text in texts:
            found = failing.approximately(text, NOW, lambda *_: None)
            tally.judged_approximately += found is not None
            _compare(compiled, text, found)
            if _is_json(text):
                _compare(compiled, text, failing.refused(text, NOW))
        for are_refused in (False, True):
            for start in range(0, len(texts), _LINES_OF_A_CHUNK):
                group = texts[start : start + _LINES_OF_A_CHUNK]
                for text, found in zip(group, failing.lines(group, NOW, are_refused=are_refused)):
                    tally.judged_together += found is not None
                    _compare(compiled, text, found)
        failing.prepare(texts)


def _try_public_ways(fresh: CompiledContract, texts: list[bytes]) -> None:
    """Ask a contract that has judged nothing yet, in every way, until it is warm and after."""
    exact = {text: _exactly(fresh, text) for text in texts}
    read = [text for text in texts if exact[text] is not None]
    lines = [text for text in texts if b"\n" not in text]
    # Inside an array or an envelope there is less room for levels.
    shallow = [text for text in read if text.count(b"[") < _SURELY_SHALLOW]
    array, ndjson = b"[" + b",".join(shallow) + b"]", b"\n".join(lines)
    json_lines = [line for line in lines if exact[line] is not None]

    def compare(way: str, text: bytes, found: Optional[list[Violation]]) -> None:
        expected = exact[text]
        # Uniqueness rules add to what is found in an event of a batch.
        if way in _OF_MANY and found is not None and expected is not None:
            more = {one.kind for one in found[len(expected) :]}
            found = found[: len(expected)] if more <= {_UNIQUENESS} else found
        assert found == expected, f"{way} of {text!r} by {fresh.contract.to_yaml()}"

    for way in ("cold", "warm"):
        for text in texts:
            compare(way, text, _by_text(fresh, text))
        for text, result in zip(shallow, fresh.validate_batch_json(array, now=NOW)):
            compare("array", text, result.violations)
        body = b"\n".join(json_lines)
        for text, result in zip(json_lines, fresh.validate_batch_json(body, ndjson=True, now=NOW)):
            compare("lines", text, result.violations)
        failing = {failed.record: failed for failed in fresh.scan(ndjson, format="ndjson", now=NOW)}
        records = [line for line in lines if line not in BLANK_LINES]
        for number, text in enumerate(records, start=1):
            failed = failing.get(number)
            found = [] if failed is None else failed.violations
            compare("scan", text, None if failed is not None and failed.error else found)
        _try_objects(fresh, read, shallow)
        if fresh.contract.envelope is not None:
            _try_envelope(fresh, shallow, [exact[text] or [] for text in shallow])


def _try_objects(validator: CompiledContract, texts: list[bytes], together: list[bytes]) -> None:
    """Judge objects, one by one and in a batch, as they would be sent.

    That may round their numbers once more.
    """
    for text in texts:
        value = sent_value(decode_event(text))
        exact = validator.judge.exact_violations(sent_value(value), NOW)
        assert validator.validate(value, now=NOW).violations == exact, f"{value!r}"
        assert validator.is_valid(value, now=NOW) == (not exact), f"{value!r}"
    values = [sent_value(decode_event(text)) for text in together]
    for value, result in zip(values, validator.validate_batch(values, now=NOW)):
        exact = validator.judge.exact_violations(sent_value(value), NOW)
        found, more = result.violations[: len(exact)], result.violations[len(exact) :]
        assert found == exact, f"{value!r}"
        assert {one.kind for one in more} <= {_UNIQUENESS}, f"{value!r}"


_OF_MANY = ("array", "lines", "scan")
_UNIQUENESS = ViolationKind.UNIQUENESS_VIOLATION


def _by_text(validator: CompiledContract, text: bytes) -> Optional[list[Violation]]:
    try:
        return validator.validate_json(text, now=NOW).violations
    except EventDecodeError:
        return None


def _exactly(validator: CompiledContract, text: bytes) -> Optional[list[Violation]]:
    try:
        return validator.judge.exact_violations(decode_event(text), NOW)
    except EventDecodeError:
        return None


def _try_envelope(
    validator: CompiledContract, texts: list[bytes], expected: list[list[Violation]]
) -> None:
    result = validator.validate_envelope_json(b'{"records":[%b]}' % b",".join(texts), now=NOW)
    found: list[list[Violation]] = [[] for _ in texts]
    for one in result.violations:
        assert one.record_index is not None
        found[one.record_index].append(one)
    assert [[(one.field, one.message) for one in many] for many in found] == [
        [(one.field, one.message) for one in many] for many in expected
    ], validator.contract.to_yaml()


def _is_json(text: bytes) -> bool:
    try:
        decode_event(text)
    except EventDecodeError:
        return False
    return True


def _try_values(
    compiled: CompiledContract, texts: list[bytes], tally: Tally, r: random.Random
) -> None:
    """Compare the fast ways with values, and with objects that are no JSON."""
    validator = compiled.judge
    validator.prepare()
    for text in texts:
        value = decode_event(text)
        exact, fast = validator.exact_violations(value, NOW), validator.value(value, NOW)
        assert exact == fast, f"{text!r}: {exact} is not {fast}"
        assert [one.safe_message for one in exact] == [one.safe_message for one in fast]
        tally.conforming_values += not exact
        for event in (value, random_object(r, value)):
            if validator.object(event, NOW, lambda *_: None) is not None:
                assert not validator.exact_violations(sent_value(event), NOW), f"{event!r}"
                tally.accepted_objects += event is value


def _prepared(compiled: CompiledContract, examples: list[bytes]) -> Acceptor:
    acceptor = Acceptor(compiled.judge.plan, longest_backoff=0)
    for text in examples:
        acceptor.learn(decode_event(text))
    acceptor.prepare()
    return acceptor


def _conforms(compiled: CompiledContract, text: bytes) -> bool:
    try:
        return not compiled.judge.exact_violations(decode_event(text), NOW)
    except EventDecodeError:
        return False


def _try_chunk(
    acceptor: Acceptor, compiled: CompiledContract, lines: list[bytes], tally: Tally, seed: int
) -> None:
    ended = [line + b"\n" for line in lines]
    chunk = b"".join(ended)
    if not chunk:
        return
    partition = acceptor.accept_lines(chunk, NOW)
    rows = list(partition.by_line())
    assert len(rows) == len(lines), f"seed {seed}: {len(rows)} rows of {len(lines)} lines"
    assert list(partition.lines or ended) == ended, f"seed {seed}"
    for row, line in zip(rows, lines):
        if row is not None:
            assert _conforms(compiled, line), f"seed {seed}: accepted the line {line!r}"
            tally.accepted_in_chunks += 1


def _try_array(
    acceptor: Acceptor, compiled: CompiledContract, lines: list[bytes], tally: Tally, seed: int
) -> None:
    text = b"[" + b",".join(lines) + b"]"
    rows = acceptor.accept_array(text, NOW)
    if rows is not None:
        events = decode_event(text)
        assert isinstance(events, list)
        assert len(events) == len(rows)
        found = [compiled.judge.exact_violations(event, NOW) for event in events]
        assert not any(found), f"seed {seed}: accepted {text!r}"
        tally.accepted_in_arrays += len(rows)


def main() -> None:
    """Try so many pairs as the command line says."""
    wanted, seed = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
    tally = Tally()
    while tally.pairs < wanted:
        try:
            try_contract(seed, tally)
        except AssertionError:
            print(f"seed {seed} is violated, after {tally.pairs:,} pairs", flush=True)
            raise
        seed += 1
        if seed % 1000 == 0:
            print(tally, flush=True)
    print(tally)


if __name__ == "__main__":
    main()
