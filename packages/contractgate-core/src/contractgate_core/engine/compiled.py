"""`CompiledContract`: everything that one contract can judge."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import repeat
from time import perf_counter_ns
from types import MappingProxyType
from typing import TYPE_CHECKING, Callable, Literal, Optional, Union

from contractgate_core._tracebacks import cut, guarded
from contractgate_core.contract.places import places_of
from contractgate_core.contract.stack import with_room
from contractgate_core.engine.arguments import check_count, check_now
from contractgate_core.engine.judge import EVENT_LEVELS, NO_OBJECT, Judge
from contractgate_core.engine.keys import FewKeys
from contractgate_core.engine.rules import Uniqueness
from contractgate_core.errors import ContractCompileError, ContractGateError, EventEncodeError
from contractgate_core.events.decode import JsonText, decode_event, utf8_bytes
from contractgate_core.events.encode import sent_value
from contractgate_core.events.sources import Source
from contractgate_core.events.stream import MAX_RECORD_BYTES, Form
from contractgate_core.regex import Pattern
from contractgate_core.results import EnvelopeResult, ValidationResult
from contractgate_core.scan.options import Options
from contractgate_core.scan.scan import Scan, open_scan
from contractgate_core.scan.totals import Shown, Totals

if TYPE_CHECKING:
    from contractgate_core.contract.model import Contract

__all__ = ["CompiledContract", "compile_contract"]

__tracebackhide__ = True  # by pytest

_PICKLE_FORMAT = 1
"""The format of pickles: the contract alone, which any version of core compiles for itself."""


def compile_contract(contract: Contract, *, most_written: Optional[int] = None) -> CompiledContract:
    """Compile a contract.

    Args:
        contract: The contract.
        most_written: See `Judge`.

    Raises:
        ContractCompileError: A pattern or a transform is refused (docs/spec/contract-format.md,
            section 3), or a contract made in code nests too deeply to walk, or holds a lone
            surrogate or an allowed value that JSON does not have.
    """
    try:
        if not places_of(contract).are_known:
            from contractgate_core.contract.unwritable import refuse_unwritable  # made in code

            with_room(lambda: refuse_unwritable(contract))
        judge = with_room(lambda: Judge(contract, most_written=most_written))
        return CompiledContract._by(contract, judge)
    except RecursionError:
        message = "the contract's fields nest more deeply than any contract in a file can"
        raise ContractCompileError(message) from None


def _unpickle(number: int, *parts: Contract) -> CompiledContract:
    """Compile the contract of a pickle again.

    Raises:
        ContractGateError: A newer version of core has written the pickle in another format.
    """
    if number != _PICKLE_FORMAT:
        raise ContractGateError(
            f"expected a pickle of format {_PICKLE_FORMAT}, got {number}: it needs a newer version"
        )
    return compile_contract(*parts)


class CompiledContract:
    """Judges events by one contract, as the gateway would.

    It can be pickled, and threads may share it: its verdicts never change, though they come faster
    after the first events. Everything that depends on the clock takes `now`, an int of whole Unix
    **seconds** (anything else raises a TypeError); without it, the system's clock is read at that
    moment, which tests may have frozen.

    Attributes:
        contract: The contract that was compiled.
        patterns: The compiled pattern of each field path that has one.
        declared_top_level_fields: The fields that compliance mode allows; empty without it.
    """

    contract: Contract
    patterns: Mapping[str, Pattern]
    declared_top_level_fields: frozenset[str]

    def __init__(self, contract: Contract) -> None:
        self._set(contract, Judge(contract))

    @classmethod
    def _by(cls, contract: Contract, judge: Judge) -> CompiledContract:
        made = cls.__new__(cls)
        made._set(contract, judge)
        return made

    def _set(self, contract: Contract, judge: Judge) -> None:
        names = [field.name for field in contract.entities] if contract.compliance_mode else []
        self.contract = contract
        self.patterns = MappingProxyType(judge.patterns)
        self.declared_top_level_fields = frozenset(names)
        self.judge = judge

    def __reduce__(self) -> tuple[Callable[..., CompiledContract], tuple[int, Contract]]:
        return _unpickle, (_PICKLE_FORMAT, self.contract)

    def __repr__(self) -> str:
        return f"CompiledContract(name={self.contract.name!r}, version={self.contract.version!r})"

    def validate(self, event: object, *, now: Optional[int] = None) -> ValidationResult:
        """Judge a Python object as the gateway would if `Client` sent it.

        Args:
            event: What `json` calls an object, or whatever docs/encoding.md says becomes one.
            now: The time for freshness rules, in whole Unix seconds.

        Raises:
            EventEncodeError: Something in the event cannot be sent; `path` says where.
        """
        start = perf_counter_ns()
        try:
            if now is not None:
                check_now(now)
            find = self.judge.object  # A local variable is faster to call.
            found = find(event, now)
            if found:
                duration = 0 if found[0] is NO_OBJECT else (perf_counter_ns() - start) // 1000
                return ValidationResult(False, found, duration)
            return ValidationResult(True, found, (perf_counter_ns() - start) // 1000)
        except BaseException as error:
            event, found = None, None  # forgotten
            cut(error)
            raise error

    def is_valid(self, event: object, *, now: Optional[int] = None) -> bool:
        """Return whether an event passes; see `validate` for the arguments and errors."""
        try:
            if now is not None:
                check_now(now)
            find, otherwise = self.judge.object, self.judge.breaks
            return not find(event, now, otherwise)
        except BaseException as error:
            event = None  # forgotten
            cut(error)
            raise error

    def validate_json(self, data: JsonText, *, now: Optional[int] = None) -> ValidationResult:
        """Judge one event in a JSON text.

        Raises:
            EventDecodeError: The text is not JSON, as the gateway reads it.
        """
        start = perf_counter_ns()
        try:
            if now is not None:
                check_now(now)
            if type(data) is not bytes:
                data = utf8_bytes(data)
            find = self.judge.text
            found = find(data, now)
            if found:
                duration = 0 if found[0] is NO_OBJECT else (perf_counter_ns() - start) // 1000
                return ValidationResult(False, found, duration)
            return ValidationResult(True, found, (perf_counter_ns() - start) // 1000)
        except BaseException as error:
            data, found = b"", []  # forgotten
            cut(error)
            raise error

    @guarded
    def validate_batch(
        self, events: Iterable[object], *, now: Optional[int] = None
    ) -> list[ValidationResult]:
        """Judge Python objects that are sent together; uniqueness rules compare them.

        Returns:
            One result for each event, in the same order.

        Raises:
            EventEncodeError: An event cannot be sent; its path begins like `$[3]`.
            TypeError: `events` is one event rather than a list of them.
        """
        if now is not None:
            check_now(now)
        is_one = isinstance(events, (str, bytes, bytearray, memoryview, Mapping))
        if is_one or not _is_iterable(events):
            raise TypeError(f"expected a list of events, got {type(events).__name__}")
        uniqueness = self.judge.begin_uniqueness(FewKeys)
        if uniqueness:
            sent = [_sent_in_batch(event, index) for index, event in enumerate(events)]
            return [self._judge(value, now, uniqueness) for value in sent]
        start = perf_counter_ns()
        listed = events if type(events) is list else list(events)
        found = list(map(self.judge.object, listed, repeat(now), repeat(_not_yet)))
        # The clock is read once for all that conform: reading it takes as long as judging one.
        mean = (perf_counter_ns() - start) // 1000 // max(len(listed), 1)
        return [
            self._judge(_sent_in_batch(listed[index], index), now, ())
            if violations is None
            else ValidationResult(True, violations, mean)
            for index, violations in enumerate(found)
        ]

    @guarded
    def validate_batch_json(
        self, data: JsonText, *, ndjson: bool = False, now: Optional[int] = None
    ) -> list[ValidationResult]:
        """Judge the body of an ingest request.

        Args:
            data: A JSON array of events, or any other JSON value, which is one event.
            ndjson: Whether the body has one JSON text per line instead; empty lines are skipped.
            now: The time for freshness rules, in whole Unix seconds.

        Raises:
            EventDecodeError: Something is not JSON; there are no partial results.
        """
        from contractgate_core.engine.bodies import BodyJudge  # the command line does not need it

        if now is not None:
            check_now(now)
        body = BodyJudge(self.judge, now)
        text = data if type(data) is bytes else utf8_bytes(data)
        return body.lines(text) if ndjson else body.array(text)

    @guarded
    def validate_envelope(self, payload: object, *, now: Optional[int] = None) -> EnvelopeResult:
        """Judge a Python object that carries a list of records.

        Raises:
            ContractGateError: The contract declares no envelope.
            EventEncodeError: Something in the payload cannot be sent.
        """
        return self.check_envelope_value(sent_value(payload, levels=EVENT_LEVELS), now=now)

    @guarded
    def validate_envelope_json(
        self, data: JsonText, *, now: Optional[int] = None
    ) -> EnvelopeResult:
        """Judge an envelope in a JSON text.

        Raises:
            ContractGateError: The contract declares no envelope.
            EventDecodeError: The text is not JSON, as the gateway reads it.
        """
        return self.check_envelope_value(decode_event(data), now=now)

    @guarded
    def scan(  # noqa: PLR0913 - options that can be named alone
        self,
        source: Source,
        *,
        format: Form = "auto",  # noqa: A002 - the command line's name for it
        workers: int = 1,
        max_record_bytes: int = MAX_RECORD_BYTES,
        uniqueness: Union[Literal["all"], int] = "all",
        now: Optional[int] = None,
        progress: Optional[Callable[[Totals, int], object]] = None,
        max_failures: Optional[int] = None,
        max_violations: Optional[int] = None,
    ) -> Scan:
        """Judge all records of an input of any size, in one pass and in bounded memory.

        Args:
            source: A path, bytes, a binary file or pipe, or chunks of bytes. Gzip and (with the
                extra `zstd`) Zstandard are recognised by their first bytes. A file is not closed.
            format: `ndjson`, `array`, `object`, or `auto` to go by the first byte that is not
                white space: `[` begins an array; `{` an object, unless its line is a complete
                JSON value or the whole input is not one; everything else is NDJSON.
            workers: How many processes, this one included, share the work if the source is a file
                of uncompressed NDJSON longer than 1 MiB; the result is the same. On Pythons without
                the global interpreter lock they are threads.
            max_record_bytes: Longer records fail.
            uniqueness: Over how many records at a time uniqueness rules hold; `all` for the whole
                input.
            now: The time for freshness rules, in whole Unix seconds.
            progress: Called now and then while failing records are asked for, by whoever asks, with
                what was judged so far (the scan's own `so_far`, which goes on changing) and how
                many **bytes** of the decompressed input were read; and a last time when the totals
                are complete. What it raises ends the scan and comes out of it.
            max_failures: How many failing records, from the first, have their violations; later
                ones are given with counts alone, in `others`. None for all.
            max_violations: How many violations each failing record has; of the further ones, of
                which there may be a million, only `others` tells. None for all.

        Returns:
            An iterator over the failing records, which has the totals at its end.

        Raises:
            OSError: The file cannot be opened or, later, read.
            ContractGateError: Later: the input is of another kind, such as a zip archive, UTF-16
                or YAML; or one of several processes has ended early.
            TypeError: The source is none of these, or an option has the wrong type; later: a file
                or chunks return something other than bytes.
            ValueError: An option is out of range.
        """
        window = None
        if uniqueness != "all":
            check_count("uniqueness", uniqueness, "'all', or ")
            window = uniqueness
        shown = Shown(max_failures, max_violations)
        options = Options(format, workers, max_record_bytes, window, now, shown)
        return open_scan(self.judge, source, options, progress)

    @guarded
    def check_value(self, value: object, *, now: Optional[int] = None) -> ValidationResult:
        """Judge a value that `decode_event` has read."""
        if now is not None:
            check_now(now)
        return self._judge(value, now, ())

    @guarded
    def begin_batch(self, *, now: Optional[int] = None) -> Callable[[object], ValidationResult]:
        """Begin a batch whose values come one by one.

        Returns:
            A function that judges the next value that `decode_event` has read. It remembers only
            the distinct values of the fields that uniqueness rules compare.
        """
        if now is not None:
            check_now(now)
        uniqueness = self.judge.begin_uniqueness(FewKeys)
        return guarded(lambda value: self._judge(value, now, uniqueness))

    @guarded
    def check_envelope_value(self, value: object, *, now: Optional[int] = None) -> EnvelopeResult:
        """Judge an envelope that `decode_event` has read."""
        from contractgate_core.engine.envelope import judge_envelope  # few contracts have one

        if now is not None:
            check_now(now)
        envelope = self.contract.envelope
        if envelope is None:
            raise ContractGateError(f"contract {self.contract.name!r} declares no envelope")
        start = perf_counter_ns()
        find = self.judge.value
        verdict = judge_envelope(envelope, value, lambda record: find(record, now))
        return EnvelopeResult(*verdict, _microseconds_since(start))

    def _judge(
        self, value: object, now: Optional[int], uniqueness: Iterable[Uniqueness]
    ) -> ValidationResult:
        start = perf_counter_ns()
        violations = self.judge.value(value, now)
        duration = _microseconds_since(start) if type(value) is dict else 0
        for rule in uniqueness:
            rule.check(value, violations)
        return ValidationResult(not violations, violations, duration)


def _not_yet(_: object, __: Optional[int]) -> None:
    """Leave an event of a batch undecided, since it has to be encoded first."""


def _sent_in_batch(event: object, index: int) -> object:
    try:
        return sent_value(event, levels=EVENT_LEVELS - 1)
    except EventEncodeError as error:
        path = f"$[{index}]{error.path[1:]}"
        raise EventEncodeError(error.message, path=path) from None


def _is_iterable(events: object) -> bool:
    try:
        iter(events)  # type: ignore[call-overload]
    except TypeError:
        return False
    return True


def _microseconds_since(start: int) -> int:
    return (perf_counter_ns() - start) // 1000
